import Holdfast
import HoldfastBase
import Testing

/// Waiting for locks: in order, and without a trace when it ends.
@Suite struct WaitTests {
    /// Nothing of any call is left in the server.
    private func expectNothingLeft(_ story: LockStory) async throws {
        try await story.waiters(0)
        for name in ["calls", "queues", "acquisitions", "rounds"] {
            try await eventually("no \(name) are left") {
                try await story.daemon.metric("holdfast_coordination_\(name)") == 0
            }
        }
    }

    @Test(arguments: ["1", "2"])
    func thoseWhoWaitAreServedInOrder(loops: String) async throws {
        try await withLocks(["--loops", loops]) { story in
            var held = try await story.take("a")
            var tasks: [Task<AcquireResponse.Outcome?, any Error>] = []
            for index in 0..<5 {
                tasks.append(try await story.wait(for: "a", behind: Double(index)))
            }
            #expect(try await story.get("a").waiting == 5)
            // Others do not push in.
            #expect(try await story.attempt("a").held == nil)
            for (index, task) in tasks.enumerated() {
                #expect(try await story.release("a", grant: held.grant))
                let next = try #require(try await task.value?.held, "waiter \(index)")
                #expect(next.fence > held.fence)
                held = next
            }
            #expect(try await story.release("a", grant: held.grant))
            try await expectNothingLeft(story)
        }
    }

    @Test func aWaiterGetsWhatExpires() async throws {
        try await withLocks { story in
            _ = try await story.take("a")
            let task = try await story.wait(for: "a", behind: 0)
            try await story.advance(1100)
            let held = try #require(try await task.value?.held)
            #expect((1000...1100).contains(held.waitedMs))
            try await story.release("a", grant: held.grant)
            try await expectNothingLeft(story)
        }
    }

    @Test func aWaitEndsWhenItIsOver() async throws {
        try await withLocks { story in
            let held = try await story.take("a", ttl: 60_000)
            let task = try await story.wait(for: "a", wait: 500, behind: 0)
            try await story.advance(499)
            try await story.waiters(1)
            try await story.advance(1)
            let not = try #require(try await task.value?.notHeld)
            #expect(not.waitedMs == 500 && not.obstacle == .held && not.name == "a")
            #expect(not.holderFence == held.fence)
            try await expectNothingLeft(story)
            #expect(try await story.get("a").waiting == 0)
        }
    }

    @Test func retriesAreAWait() async throws {
        try await withLocks { story in
            _ = try await story.take("a", ttl: 60_000)
            let task = Task {
                try await story.client.locks.acquire(
                    AcquireRequest(names: ["a"], retryCount: 5, retryDelayMs: 100),
                    options: LockStory.once)
            }
            try await story.waiters(1)
            try await story.advance(500)
            #expect(try await task.value.outcome?.notHeld?.waitedMs == 500)
        }
    }

    @Test(arguments: ["1", "2"])
    func aCancelledWaiterLeavesNothing(loops: String) async throws {
        try await withLocks(["--loops", loops]) { story in
            let held = try await story.take("a")
            let first = try await story.wait(for: "a", behind: 0)
            let second = try await story.wait(for: "a", behind: 1)
            first.cancel()
            #expect(await first.result.isFailure)
            try await story.waiters(1)
            try await story.release("a", grant: held.grant)
            let next = try #require(try await second.value?.held)
            try await story.release("a", grant: next.grant)
            try await expectNothingLeft(story)
        }
    }

    @Test(arguments: ["1", "2"])
    func aWaiterThatIsGoneLeavesNothing(loops: String) async throws {
        try await withLocks(["--loops", loops]) { story in
            let held = try await story.take("a")
            let task = try await story.daemon.client { other in
                try await story.wait(for: "a", by: other, behind: 0)
            }
            #expect(await task.result.isFailure)
            try await story.waiters(0)
            try await story.release("a", grant: held.grant)
            _ = try await story.take("a")
        }
    }

    /// A caller that lost its connection, or its patience, sends the same request again.
    @Test func aRepeatedWaitTakesThePlaceOfTheFirst() async throws {
        try await withLocks { story in
            let held = try await story.take("a")
            let id = RequestID.random()
            let first = try await story.wait(for: "a", id: id, behind: 0)
            var options = LockStory.once
            options.requestID = id
            let again = Task { [options] in
                try await story.client.locks.acquire(
                    AcquireRequest(names: ["a"], ttlMs: 1000, waitMs: 60_000), options: options)
            }
            let error = await #expect(throws: RPCError.self) { _ = try await first.value }
            #expect(error?.code == .cancelled && error?.reason == "SUPERSEDED")
            try await story.waiters(1)
            try await story.release("a", grant: held.grant)
            #expect(try await again.value.outcome?.held?.grant == id.bytes)
        }
    }

    @Test func theQueueIsShownInItsOrder() async throws {
        try await withLocks { story in
            func queue(_ limit: UInt32 = 0) async throws -> QueueResponse {
                try await story.client.locks.queue(QueueRequest(name: "a", limit: limit))
            }
            #expect(try await queue() == QueueResponse())
            let held = try await story.take("a", ttl: 3_600_000)
            #expect(try await queue() == QueueResponse())
            let ids = [RequestID.random(), .random(), .random()]
            let first = try await story.wait(for: "a", mode: .shared, id: ids[0], behind: 0)
            try await story.advance(1500)
            let second = try await story.wait(for: "a", id: ids[1], behind: 1)
            try await story.advance(500)
            let third = try await story.wait(for: "a", id: ids[2], behind: 2)
            let all = try await queue()
            #expect(all.waiters.map(\.grant) == ids.map(\.bytes) && all.waiting == 3)
            #expect(all.waiters.map(\.waitedMs) == [2000, 500, 0])
            #expect(all.waiters.map(\.mode) == [.shared, .exclusive, .exclusive])
            #expect(all.waiters.allSatisfy { !$0.elsewhere })
            let one = try await queue(1)
            #expect(one.waiters.map(\.grant) == [ids[0].bytes] && one.waiting == 3)
            // Who is gone is not shown.
            #expect(try await !story.release("a", grant: ids[1].bytes))
            #expect(await second.result.isFailure)
            #expect(try await queue().waiters.map(\.grant) == [ids[0].bytes, ids[2].bytes])
            try await story.release("a", grant: held.grant)
            #expect(try await first.value?.held?.grant == ids[0].bytes)
            #expect(try await queue().waiters.map(\.grant) == [ids[2].bytes])
            try await story.release("a", grant: ids[0].bytes)
            _ = try await third.value
            let nameless = try await story.failure {
                _ = try await story.client.locks.queue(QueueRequest())
            }
            #expect(nameless.reason == "INVALID_NAME")
        }
    }

    @Test func aReleaseEndsItsOwnWait() async throws {
        try await withLocks { story in
            let held = try await story.take("a")
            let id = RequestID.random()
            let task = try await story.wait(for: "a", id: id, behind: 0)
            #expect(try await !story.release("a", grant: id.bytes))
            #expect(await task.result.isFailure)
            try await story.waiters(0)
            #expect(try await story.get("a").holders.map(\.grant) == [held.grant])
        }
    }

    @Test func waitingReadersEnterTogether() async throws {
        try await withLocks { story in
            let writer = try await story.take("a")
            let one = try await story.wait(for: "a", mode: .shared, behind: 0)
            let two = try await story.wait(for: "a", mode: .shared, behind: 1)
            let last = try await story.wait(for: "a", behind: 2)
            try await story.release("a", grant: writer.grant)
            let readers = [
                try #require(try await one.value?.held), try #require(try await two.value?.held),
            ]
            #expect(try await story.get("a").holders.count == 2)
            try await story.waiters(1)
            for reader in readers { try await story.release("a", grant: reader.grant) }
            let held = try #require(try await last.value?.held)
            try await story.release("a", grant: held.grant)
            try await expectNothingLeft(story)
        }
    }

    @Test func tooManyCallsAreRefused() async throws {
        try await withLocks(["--locks-calls", "2"]) { story in
            _ = try await story.take("a", ttl: 60_000)
            let tasks = [
                try await story.wait(for: "a", behind: 0),
                try await story.wait(for: "a", behind: 1),
            ]
            let error = try await story.failure { _ = try await story.attempt("b") }
            #expect(error.code == .resourceExhausted && error.reason == "OVERLOADED")
            #expect(error.isNotProcessed)
            for task in tasks { task.cancel() }
            for task in tasks { #expect(await task.result.isFailure) }
            try await story.waiters(0)
            _ = try await story.take("b")
        }
    }
}

extension Result {
    var isFailure: Bool { if case .failure = self { true } else { false } }
}
