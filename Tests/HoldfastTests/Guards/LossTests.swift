import HoldfastTesting
import Testing

/// Guards that are lost, or nearly, on a clock that the test moves.
@Suite struct LossTests {
    /// Begins a body under "a" that waits to be cancelled, and returns when it is inside.
    private func begin(
        _ client: HoldfastClient, _ options: LockOptions = LockOptions(),
        seen: Gauge = Gauge()
    ) async throws -> Task<Void, any Error> {
        let inside = Gauge()
        let task = Task {
            try await client.withLock("a", options) { _ in
                inside.enter()
                await untilCancelled()
                seen.enter()
            }
        }
        try await eventually("it is inside") { inside.total == 1 }
        return task
    }

    @Test func renewedAsLongAsItIsHeld() async throws {
        try await withTestServer(time: .manual) { server in
            let counters = Counters()
            let client = try server.client(ClientOptions(metrics: counters))
            let guards = try await withThrowingTaskGroup(of: LockGuard.self) { group in
                for number in 0..<100 {
                    group.addTask { try await client.acquire("lock-\(number)") }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try await server.advance(by: .seconds(600))
            #expect(guards.allSatisfy { $0.state == .held && $0.remaining > .seconds(19) })
            // One call each ten seconds, whatever the number of guards.
            try await eventually("they are counted") { counters[.keepAlives] == 60 }
            for guarded in guards { try await guarded.release() }
        }
    }

    @Test func takenAwayByForce() async throws {
        try await withTestServer(time: .manual) { server in
            let client = try server.client()
            let seen = Gauge()
            let task = try await begin(client, seen: seen)
            let other = try await client.acquire("b")
            try await server.loseLock("a")
            try await server.advance(by: .seconds(10))
            let lost = await #expect(throws: LockLost.self) { try await task.value }
            #expect(lost?.reason == .takenAway && lost?.names == ["a"])
            #expect(seen.total == 1)
            // Nobody else is concerned.
            #expect(other.state == .held)
        }
    }

    @Test func theReleaseFindsNothing() async throws {
        try await withTestServer { server in
            let client = try server.client()
            let lost = await #expect(throws: LockLost.self) {
                try await client.withLock("a") { _ in try await server.loseLock("a") }
            }
            #expect(lost?.reason == .takenAway)
        }
    }

    @Test func silenceEndsIt() async throws {
        try await withTestServer(time: .manual) { server in
            let client = try server.client()
            let seen = Gauge()
            let task = try await begin(client, seen: seen)
            let guarded = try await client.acquire("b")
            server.faults.silence()
            try await server.advance(by: .seconds(15))
            #expect(guarded.state == .renewing)
            try await server.advance(by: .seconds(4))
            #expect(guarded.state == .atRisk && guarded.isHeld)
            try await server.advance(by: .milliseconds(10_690))
            #expect(guarded.isHeld)
            try await server.advance(by: .milliseconds(20))
            #expect(guarded.state == .lost(.expired))
            let lost = await #expect(throws: LockLost.self) { try await task.value }
            #expect(lost?.reason == .expired && seen.total == 1)
            // What comes later revives nothing.
            server.faults.heal()
            try await server.advance(by: .seconds(10))
            #expect(guarded.state == .lost(.expired))
            await #expect(throws: LockLost.self) { try await guarded.release() }
            #expect(throws: LockLost.self) { try guarded.check() }
            try await client.withLock("a") { _ in }
        }
    }

    @Test func silenceThatEndsInTimeHarmsNobody() async throws {
        try await withTestServer(time: .manual) { server in
            let client = try server.client()
            let guarded = try await client.acquire("a")
            for _ in 0..<5 {
                server.faults.silence()
                try await server.advance(by: .seconds(15))
                #expect(guarded.isHeld)
                server.faults.heal()
                await client.settle()
                try await server.advance(by: .seconds(5))
                #expect(guarded.state == .held)
            }
        }
    }

    @Test func errorsAreSurvivedUntilTheEnd() async throws {
        try await withTestServer(time: .manual) { server in
            let client = try server.client()
            let guarded = try await client.acquire("a")
            server.faults.refuse("SessionService/KeepAlive", with: RPCError(.internal, "broken"))
            try await server.advance(by: .seconds(25))
            #expect(guarded.state == .atRisk)
            server.faults.heal()
            try await server.advance(by: .seconds(2))
            #expect(guarded.state == .held && guarded.remaining > .seconds(20))
        }
    }

    @Test func withoutRenewalItEndsByItself() async throws {
        try await withTestServer(time: .manual) { server in
            let client = try server.client()
            let guarded = try await client.acquire("a", LockOptions(autoRenew: false))
            try await server.advance(by: .seconds(29))
            #expect(guarded.isHeld)
            try await server.advance(by: .milliseconds(700))
            #expect(guarded.state == .lost(.expired))
            let again = try await client.acquire("a", LockOptions(autoRenew: false))
            #expect(again.fence > guarded.fence)
            try await again.release()
            #expect(try await client.isFree("a"))
        }
    }

    @Test func notLongerThanMaxHold() async throws {
        try await withTestServer(time: .manual) { server in
            let client = try server.client()
            let options = LockOptions(maxHold: .seconds(60))
            let guarded = try await client.acquire("a", options)
            let task = try await begin(client, LockOptions(wait: .seconds(70)), released: guarded)
            try await server.advance(by: .milliseconds(59_300))
            #expect(guarded.isHeld)
            try await server.advance(by: .milliseconds(200))
            #expect(guarded.state == .lost(.heldTooLong))
            try await eventually("the next one has it") { task.inside.total == 1 }
            task.task.cancel()
            try? await task.task.value
        }
    }

    private func begin(
        _ client: HoldfastClient, _ options: LockOptions, released: LockGuard
    ) async throws -> (task: Task<Void, any Error>, inside: Gauge) {
        let inside = Gauge()
        let task = Task {
            try await client.withLock("a", options) { _ in
                inside.enter()
                await untilCancelled()
            }
        }
        try await eventually("it waits") {
            try await client.locks.getLock(GetLockRequest(name: "a")).lock?.waiting == 1
        }
        return (task, inside)
    }

    @Test func theStatesAreTold() async throws {
        try await withTestServer(time: .manual) { server in
            let client = try server.client()
            let guarded = try await client.acquire("a")
            let seen = Task {
                var states: [GuardState] = []
                for await state in guarded.states { states.append(state) }
                return states
            }
            let risk = Task { await guarded.states.first { $0 == .atRisk } }
            server.faults.silence()
            try await server.advance(by: .seconds(20))
            #expect(await risk.value == .atRisk)
            try await server.advance(by: .seconds(20))
            let states = await seen.value
            #expect(states.last == .lost(.expired))
            // Whoever comes later is told how it ended.
            var late: [GuardState] = []
            for await state in guarded.states { late.append(state) }
            #expect(late == [.lost(.expired)])
        }
    }

    @Test func brokenConnectionsHarmNobody() async throws {
        try await withTestServer { server in
            let client = try server.client()
            let held = try await client.acquire("a", LockOptions(ttl: .seconds(20)))
            let waiting = Task { try await client.acquire("a", LockOptions(wait: .seconds(60))) }
            for _ in 0..<5 {
                try await eventually("it waits") {
                    try await client.locks.getLock(GetLockRequest(name: "a")).lock?.waiting == 1
                }
                server.dropConnections()
            }
            #expect(held.isHeld)
            try await held.release()
            let next = try await waiting.value
            #expect(next.fence > held.fence)
            try await next.release()
            #expect(try await client.isFree("a"))
        }
    }

    /// Every thread that runs tasks is blocked for longer than the time to live; the guard is held after.
    @Test func renewedWhileEveryThreadIsBlocked() async throws {
        try await withTestServer { server in
            let client = try server.client()
            let guarded = try await client.acquire("a", LockOptions(ttl: .seconds(2)))
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<64 { group.addTask { Blockade.sleep(milliseconds: 3000) } }
            }
            #expect(guarded.isHeld)
            try await guarded.release()
        }
    }
}
