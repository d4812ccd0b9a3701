import HoldfastTesting
import Testing

/// One program, whose locks are here or there by configuration.
@Suite struct RegistryTests {
    /// The program.
    private func transfer(_ locks: LockRegistry, _ inside: Gauge) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await withLock(locks.lock("account/7"), timeout: .seconds(60)) { hold in
                        try hold.check()
                        inside.enter()
                        await Task.yield()
                        inside.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        let lock = try locks.get("account/7")
        #expect(try await !lock.isLocked)
        let hold = try await lock.acquire(timeout: .zero, holder: "")
        #expect(try await lock.isLocked)
        await #expect(throws: TimedOut.self) {
            try await withLock(lock, timeout: .milliseconds(5)) { _ in }
        }
        try await hold.release()
        try await hold.release()
        #expect(!hold.isHeld)
        #expect(lock.metrics.acquired == 9 && lock.metrics.released == 9)
        #expect(lock.metrics.timedOut == 1 && lock.metrics.lost == 0)
    }

    @Test func localInTests() async throws {
        let inside = Gauge()
        try await transfer(LockRegistry(.local()), inside)
        #expect(inside.most == 1 && inside.total == 8)
    }

    @Test func remoteInProduction() async throws {
        try await withTestServer { server in
            let inside = Gauge()
            try await transfer(LockRegistry(.remote(server.client())), inside)
            #expect(inside.most == 1 && inside.total == 8)
        }
    }

    @Test func aRemoteHoldIsLost() async throws {
        try await withTestServer { server in
            let lock = try LockRegistry(.remote(server.client())).lock("a")
            let hold = try await lock.acquire(timeout: .seconds(5), holder: "")
            try await server.loseLock("a")
            await #expect(throws: LockLost.self) { try await hold.release() }
            #expect(lock.metrics.lost == 1 && lock.metrics.released == 0)
        }
    }

    @Test func theSameNameIsTheSameLock() throws {
        let locks = LockRegistry()
        let made = try locks.create("a", .local())
        let found = try locks.getOrCreate("a", .local(ttl: .seconds(1)))
        #expect(made as AnyObject === found as AnyObject)
        #expect(try locks.get("a") as AnyObject === made as AnyObject)
        let taken = #expect(throws: HoldfastError.self) { try locks.create("a", .local()) }
        #expect(taken?.code == .state)
        let missing = #expect(throws: HoldfastError.self) { try locks.get("b") }
        #expect(missing?.code == .notFound)
        #expect(locks.list() == ["a": .local])
        locks.remove("a")
        #expect(locks.list().isEmpty)
        #expect(LockRegistry.shared === LockRegistry.shared)
    }

    @Test func notMoreThanMayBe() throws {
        let locks = LockRegistry()
        for number in 0..<100_000 { try locks.create("\(number)", .local()) }
        let full = #expect(throws: HoldfastError.self) { try locks.lock("one more") }
        #expect(full?.code == .exhausted)
    }
}
