@testable import Billing
import HoldfastTesting
import Testing

/// Each test has a server of its own; none waits for time to pass.
@Suite struct BillingTests {
    private let bank = SlowBank()
    private let ledger = Ledger()

    private func service(_ server: TestServer) throws -> Billing {
        Billing(client: try server.client(), bank: bank, ledger: ledger)
    }

    @Test func twoInstancesBillAnOrderOnce() async throws {
        try await withTestServer { server in
            let (one, two) = (try service(server), try service(server))
            async let first = one.bill("7")
            await bank.isCalled()
            async let second = two.bill("7")
            try await server.untilWaiting(for: "billing/7")
            bank.answer()
            #expect(try await first == .billed)
            #expect(try await second == .alreadyBilled)
            #expect(bank.orders == ["7"])
        }
    }

    @Test func whoWaitsInVainIsBusy() async throws {
        try await withTestServer(time: .manual) { server in
            let (one, two) = (try service(server), try service(server))
            async let first = one.bill("7")
            await bank.isCalled()
            async let second = two.bill("7")
            try await server.untilWaiting(for: "billing/7")
            try await server.advance(by: .seconds(2))
            #expect(try await second == .busy)
            bank.answer()
            #expect(try await first == .billed)
        }
    }

    @Test func whatIsLostIsNotRecorded() async throws {
        try await withTestServer(time: .manual) { server in
            let billing = try service(server)
            let outcome = Task { try await billing.bill("7") }
            await bank.isCalled()
            try await server.loseLock("billing/7")
            // The next renewal tells. The call to the bank is cancelled; nobody answers it.
            try await server.advance(by: .seconds(3))
            await #expect(throws: LockLost.self) { try await outcome.value }
            #expect(await !ledger.isBilled("7"))
        }
    }

    @Test func aSilentNetworkEndsTheLockInTime() async throws {
        try await withTestServer(time: .manual) { server in
            let (one, two) = (try service(server), try service(server))
            let first = Task { try await one.bill("7") }
            await bank.isCalled()
            server.faults.silence()
            try await server.advance(by: .seconds(9))
            await #expect(throws: LockLost.self) { try await first.value }
            server.faults.heal()
            async let second = two.bill("7")
            await bank.isCalled()
            bank.answer()
            #expect(try await second == .billed)
        }
    }

    @Test func aBrokenConnectionLosesNothing() async throws {
        try await withTestServer(time: .manual) { server in
            let billing = try service(server)
            async let outcome = billing.bill("7")
            await bank.isCalled()
            server.dropConnections()
            try await server.advance(by: .seconds(60))
            bank.answer()
            #expect(try await outcome == .billed)
        }
    }

    @Test func withoutAServerNobodyIsCharged() async throws {
        try await withTestServer { server in
            server.faults.refuse("LockService/Acquire", with: RPCError(.permissionDenied, "no"))
            let billing = try service(server)
            let error = await #expect(throws: HoldfastError.self) { try await billing.bill("7") }
            #expect(error?.code == .denied)
            #expect(bank.orders.isEmpty)
        }
    }

    @Test func aLateHolderIsRefused() async throws {
        try await ledger.record("7", fence: 12)
        await #expect(throws: Ledger.StaleHolder(fence: 11)) {
            try await ledger.record("7", fence: 11)
        }
    }
}
