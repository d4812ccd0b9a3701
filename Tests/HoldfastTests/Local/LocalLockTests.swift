import HoldfastTesting
import Testing

/// Locks of this process, with real tasks.
@Suite struct LocalLockTests {
    @Test func oneAtATime() async throws {
        let lock = LocalLock("a")
        let inside = Gauge()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    for _ in 0..<50 {
                        try await withLock(lock) { hold in
                            inside.enter()
                            await Task.yield()
                            #expect(hold.isHeld)
                            inside.leave()
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(inside.most == 1 && inside.total == 3200)
        #expect(lock.metrics.acquired == 3200 && lock.metrics.released == 3200)
        #expect(!lock.isLocked && lock.waiting == 0)
    }

    @Test func timedOut() async throws {
        let lock = LocalLock("a")
        let hold = try await lock.acquire()
        let tried = await #expect(throws: TimedOut.self) {
            try await lock.acquire(timeout: .zero)
        }
        #expect(tried?.refusal.obstacle == .held && tried?.refusal.name == "a")
        await #expect(throws: TimedOut.self) {
            try await withLock(lock, timeout: .milliseconds(20)) { _ in }
        }
        #expect(lock.metrics.timedOut == 2 && lock.waiting == 0)
        try await hold.release()
        try await withLock(lock, timeout: .zero) { next in #expect(next.fence > hold.fence) }
    }

    @Test func cancelled() async throws {
        let lock = LocalLock("a")
        let hold = try await lock.acquire()
        let waiting = Task { try await lock.acquire() }
        try await eventually("it waits") { lock.waiting == 1 }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(lock.waiting == 0)
        try await hold.release()
        #expect(!lock.isLocked)
    }

    @Test func cancellationsAtEveryMoment() async throws {
        let lock = LocalLock("a")
        for round in 0..<500 {
            let hold = try await lock.acquire()
            let task = Task { try await lock.acquire() }
            for _ in 0..<(round % 10) { await Task.yield() }
            async let releasing: Void = hold.release()
            task.cancel()
            try await releasing
            if let next = try? await task.value { try await next.release() }
        }
        try await eventually("all is given back") { !lock.isLocked && lock.waiting == 0 }
    }

    @Test func aHoldThatEndsByItselfCancelsItsBody() async throws {
        let lock = LocalLock("a", ttl: .milliseconds(50))
        let entered = Gauge()
        let lost = await #expect(throws: LockLost.self) {
            try await withLock(lock) { hold in
                entered.enter()
                await untilCancelled()
                #expect(!hold.isHeld)
                #expect(throws: LockLost.self) { try hold.check() }
            }
        }
        #expect(lost?.reason == .expired && entered.total == 1)
        #expect(!lock.isLocked)
        _ = try await lock.acquire(timeout: .zero)
    }

    @Test func aHoldThatEndsByItselfIsTheNextOnes() async throws {
        let lock = LocalLock("a", ttl: .milliseconds(50))
        let forgotten = try await lock.acquire()
        let next = try await lock.acquire(timeout: .seconds(30))
        #expect(next.fence > forgotten.fence)
        await #expect(throws: LockLost.self) { try await forgotten.release() }
    }

    @Test func enteredAgain() async throws {
        let lock = LocalLock("a", isReentrant: true)
        try await withLock(lock, holder: "me") { outer in
            try await withLock(lock, timeout: .zero, holder: "me") { inner in
                #expect(inner.fence == outer.fence)
            }
            #expect(outer.isHeld)
            await #expect(throws: TimedOut.self) {
                try await withLock(lock, timeout: .zero, holder: "you") { _ in }
            }
        }
        #expect(!lock.isLocked)
    }

    @Test func errorsOfTheBodyPass() async throws {
        for lock in [LocalLock("a"), LocalLock("a", ttl: .seconds(60))] {
            await #expect(throws: Failure.self) {
                try await withLock(lock) { _ in throw Failure("mine") }
            }
            #expect(!lock.isLocked)
        }
    }
}
