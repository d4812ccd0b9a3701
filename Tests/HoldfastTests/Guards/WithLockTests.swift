import HoldfastTesting
import Testing

/// `withLock` from end to end, with a server in this process.
@Suite struct WithLockTests {
    @Test func theBodyRunsUnderTheLock() async throws {
        try await withTestServer { server in
            let client = try server.client()
            let first = try await client.withLock("orders/42") { guarded in
                #expect(guarded.name == "orders/42" && guarded.isHeld && !guarded.isShared)
                #expect(guarded.remaining > .seconds(20) && guarded.remaining < .seconds(30))
                try guarded.check()
                #expect(try await !client.isFree("orders/42"))
                return guarded.fence
            }
            #expect(try await client.isFree("orders/42"))
            let second = try await client.withLock("orders/42") { $0.fence }
            #expect(second > first)
        }
    }

    private func expectFree(
        _ name: String, _ isFree: Bool, _ client: HoldfastClient,
        at place: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await client.isFree(name)
        #expect(found == isFree, sourceLocation: place)
    }

    private final class Basket { var items: [String] = [] }

    private actor Shop {
        var sold = 0
        private let basket = Basket()

        func sell(_ client: HoldfastClient) async throws -> Int {
            var steps = 0
            let total = try await client.withLock("shop") { _ in
                self.assertIsolated()
                sold += 1
                basket.items.append("a")
                await Task.yield()
                self.assertIsolated()
                steps += 1
                return basket.items.count
            }
            return total + steps
        }
    }

    @Test func theBodyStaysWithItsActorAndMayTouchWhatIsNotSendable() async throws {
        try await withTestServer { server in
            let client = try server.client()
            let shop = Shop()
            #expect(try await shop.sell(client) == 2)
            #expect(try await shop.sell(client) == 3)
            #expect(await shop.sold == 2)
            var count = 0
            let basket = Basket()
            let same = try await client.withLock("shop") { _ in
                count += 1
                basket.items.append("b")
                return basket
            }
            #expect(count == 1 && same.items == ["b"])
        }
    }

    @Test func oneAtATime() async throws {
        try await withTestServer { server in
            let (here, there) = (try server.client(), try server.client())
            let inside = Gauge()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        for _ in 0..<4 {
                            try await (number % 2 == 0 ? here : there).withLock("a") { _ in
                                inside.enter()
                                await Task.yield()
                                inside.leave()
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(inside.most == 1 && inside.total == 64)
            #expect(try await here.isFree("a"))
        }
    }

    @Test func refused() async throws {
        try await withTestServer { server in
            let (mine, other) = (try server.client(), try server.client())
            let options = LockOptions(metadata: Array("me".utf8))
            try await mine.withLock("a", options) { held in
                let refused = await #expect(throws: NotAcquired.self) {
                    try await other.acquire("a", .try)
                }
                #expect(refused?.refusal.obstacle == .held && refused?.refusal.name == "a")
                #expect(refused?.refusal.holderFence == held.fence)
                #expect(refused?.refusal.holderMetadata == Array("me".utf8))
                let late = await #expect(throws: TimedOut.self) {
                    try await other.acquire("a", LockOptions(wait: .milliseconds(30)))
                }
                #expect(late?.refusal.obstacle == .held)
                let retried = LockOptions(retryCount: 3, retryDelay: .milliseconds(10))
                await #expect(throws: TimedOut.self) { try await other.acquire("a", retried) }
            }
        }
    }

    @Test func errorsOfTheBodyPass() async throws {
        try await withTestServer { server in
            let client = try server.client()
            await #expect(throws: Failure.self) {
                try await client.withLock("a") { _ in throw Failure("mine") }
            }
            #expect(try await client.isFree("a"))
        }
    }

    @Test func cancelledItReleases() async throws {
        try await withTestServer { server in
            let client = try server.client()
            let inside = Gauge()
            let task = Task {
                try await client.withLock("a") { _ in
                    inside.enter()
                    await untilCancelled()
                    #expect(Task.isCancelled)
                    throw CancellationError()
                }
            }
            try await eventually("it is inside") { inside.total == 1 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            // The release was answered before the error came.
            #expect(try await client.isFree("a"))
        }
    }

    @Test func cancelledWhileWaitingItLeavesNothing() async throws {
        try await withTestServer { server in
            let (mine, other) = (try server.client(), try server.client())
            let held = try await mine.acquire("a")
            let task = Task { try await other.acquire("a") }
            try await eventually("it waits") {
                try await mine.locks.getLock(GetLockRequest(name: "a")).lock?.waiting == 1
            }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await held.release()
            try await eventually("it is free") { try await mine.isFree("a") }
        }
    }

    /// Whenever a cancellation comes, what was granted meanwhile is given back.
    @Test func cancellationsAtEveryMoment() async throws {
        try await withTestServer { server in
            let client = try server.client()
            for round in 0..<60 {
                let task = Task { try await client.acquire("a") }
                for _ in 0..<(round * 3) { await Task.yield() }
                task.cancel()
                if let guarded = try? await task.value { try await guarded.release() }
            }
            try await eventually("all is given back") { try await client.isFree("a") }
        }
    }

    @Test func sharedAndAlone() async throws {
        try await withTestServer { server in
            let client = try server.client()
            try await client.withSharedLock("a") { first in
                try await client.withSharedLock("a", .try) { second in
                    #expect(first.isShared && second.isShared)
                    await #expect(throws: NotAcquired.self) {
                        try await client.withLock("a", .try) { _ in }
                    }
                }
            }
            try await client.withLock("a", .try) { _ in
                await #expect(throws: NotAcquired.self) {
                    try await client.acquireShared("a", .try)
                }
            }
        }
    }

    @Test func severalAtOnce() async throws {
        try await withTestServer { server in
            let client = try server.client()
            try await client.withLocks(["a", "b", "c"]) { guarded in
                #expect(guarded.names == ["a", "b", "c"])
                let refused = await #expect(throws: NotAcquired.self) {
                    try await client.acquireAll(["x", "b"], .try)
                }
                #expect(refused?.refusal.name == "b")
                try await expectFree("x", true, client)
            }
            for name in ["a", "b", "c"] { #expect(try await client.isFree(name)) }
        }
    }

    @Test func enteredAgain() async throws {
        try await withTestServer { server in
            let client = try server.client()
            let options = LockOptions(wait: .zero, reentrant: true, holder: "worker 1")
            try await client.withLock("a", options) { outer in
                try await client.withLock("a", options) { inner in
                    #expect(inner.fence == outer.fence)
                }
                #expect(try await !client.isFree("a"))
                var own = options
                own.reentrant = false
                let refused = await #expect(throws: NotAcquired.self) {
                    try await client.acquire("a", own)
                }
                #expect(refused?.refusal.obstacle == .own)
            }
            #expect(try await client.isFree("a"))
        }
    }

    @Test func namesAreBehindTheNamespace() async throws {
        try await withTestServer { server in
            let client = try server.client(ClientOptions(namespace: "tenant-a"))
            try await client.withLocks(["x", "y"]) { guarded in
                #expect(guarded.names == ["x", "y"])
                try await expectFree("tenant-a/x", false, client)
                try await expectFree("x", true, client)
                let refused = await #expect(throws: NotAcquired.self) {
                    try await client.acquire("y", .try)
                }
                #expect(refused?.refusal.name == "y")
            }
            try await client.lead("e") { _ in
                let leader = try await client.elections.leader(
                    LeaderRequest(election: "tenant-a/e"))
                #expect(leader.leadership != nil)
            }
        }
    }

    @Test func releasedOnceAndByItsHolder() async throws {
        try await withTestServer { server in
            let client = try server.client()
            let guarded = try await client.acquire("a")
            try await guarded.release()
            try await guarded.release()
            #expect(guarded.state == .released && !guarded.isHeld && guarded.remaining == .zero)
            let error = #expect(throws: HoldfastError.self) { try guarded.check() }
            #expect(error?.code == .state)
        }
    }

    @Test func optionsThatCannotBe() async throws {
        try await withTestServer { server in
            let client = try server.client()
            for options in [
                LockOptions(ttl: .milliseconds(50)), LockOptions(reentrant: true),
                LockOptions(ttl: .seconds(1), renewInterval: .seconds(1)),
                LockOptions(retryCount: -1), LockOptions(maxHold: .zero),
                LockOptions(minStrength: -1), LockOptions(renewInterval: .milliseconds(1)),
            ] {
                let error = await #expect(throws: HoldfastError.self) {
                    try await client.acquire("a", options)
                }
                #expect(error?.code == .configuration && error?.severity == .fatal)
            }
            let unnamed = await #expect(throws: HoldfastError.self) {
                try await client.acquireAll([])
            }
            #expect(unnamed?.code == .configuration)
            let named = await #expect(throws: HoldfastError.self) {
                try await client.acquire("a\u{1}")
            }
            #expect(named?.code == .configuration && named?.context["reason"] == "INVALID_NAME")
        }
    }
}
