import HoldfastTesting
import Testing

/// The two ends of a client: `close` tells nobody, `shutDown` gives back.
@Suite struct ClosingTests {
    private static let lease = LockOptions(autoRenew: false)

    @Test func closeTellsTheServersNothing() async throws {
        try await withTestServer(time: .manual) { server in
            let (client, other) = (try server.client(), try server.client())
            let lock = try await client.acquire("a")
            let lease = try await client.acquire("b", Self.lease)
            client.close()
            try await eventually("both are lost") {
                lock.state == .lost(.closed) && lease.state == .lost(.closed)
            }
            try await server.advance(by: .seconds(29))
            for name in ["a", "b"] {
                await #expect(throws: NotAcquired.self) { try await other.acquire(name, .try) }
            }
            try await server.advance(by: .seconds(2))
            for name in ["a", "b"] { try await other.acquire(name, .try).release() }
        }
    }

    @Test func closeEndsBodiesAndWhoWaits() async throws {
        try await withTestServer(time: .manual) { server in
            let (client, other) = (try server.client(), try server.client())
            let inside = Gauge()
            let bodies = ["a", "b"].map { name in
                Task {
                    let options = name == "a" ? LockOptions() : Self.lease
                    try await client.withLock(name, options) { _ in
                        inside.enter()
                        await untilCancelled()
                    }
                }
            }
            try await eventually("both are inside") { inside.total == 2 }
            let taken = try await other.acquire("c")
            let waiting = Task { try await client.acquire("c") }
            try await server.untilWaiting(for: "c")
            client.close()
            for body in bodies {
                let lost = await #expect(throws: LockLost.self) { try await body.value }
                #expect(lost?.reason == .closed)
            }
            // Time stands still: it is not the wait that ends.
            let failed = await #expect(throws: HoldfastError.self) { try await waiting.value }
            #expect(failed?.code == .unavailable)
            let late = await #expect(throws: HoldfastError.self) { try await client.acquire("d") }
            #expect(late?.code == .state)
            #expect(taken.isHeld)
        }
    }

    @Test func shutDownGivesBackWhatIsRenewed() async throws {
        try await withTestServer(time: .manual) { server in
            let (client, other) = (try server.client(), try server.client())
            let lock = try await client.acquire("a")
            let lease = try await client.acquire("b", Self.lease)
            await client.shutDown()
            #expect(lock.state == .lost(.closed) && lease.state == .lost(.closed))
            try await other.acquire("a", .try).release()
            await #expect(throws: NotAcquired.self) { try await other.acquire("b", .try) }
            try await server.advance(by: .seconds(31))
            try await other.acquire("b", .try).release()
        }
    }

    @Test func nobodyComesToWait() async throws {
        try await withTestServer { server in
            let error = await #expect(throws: HoldfastError.self) {
                try await server.untilWaiting(for: "a", within: .zero)
            }
            #expect(error?.code == .state && error?.context["lock"] == "a")
        }
    }
}
