import HoldfastTesting
import Testing

/// A lock that is held for as long as a program runs.
@Suite struct RunnerTests {
    private let quick = LockRunner.Settings(retryDelay: .milliseconds(20), maxRetries: 2)

    @Test func holdsUntilItIsStopped() async throws {
        try await withTestServer { server in
            let client = try server.client()
            let runner = LockRunner("a", client)
            #expect(runner.status == .idle && !runner.isLocked)
            #expect(throws: RunnerError.notAcquired) { try runner.current() }
            let updates = try runner.start()
            try await eventually("it holds") { runner.isLocked }
            #expect(runner.status == .held)
            #expect(try runner.current().name == "a")
            #expect(throws: HoldfastError.self) { try runner.start() }
            await runner.stop()
            #expect(runner.status == .stopped && !runner.isLocked)
            #expect(throws: RunnerError.stopped) { try runner.current() }
            #expect(throws: RunnerError.stopped) { try runner.start() }
            #expect(try await client.isFree("a"))
            var seen: [LockRunner.Status] = []
            for await update in updates { seen.append(update.status) }
            #expect(seen == [.acquiring, .held, .stopped])
            await runner.stop()
        }
    }

    @Test func takesItAgain() async throws {
        try await withTestServer(time: .manual) { server in
            let client = try server.client()
            let runner = LockRunner("a", client)
            var updates = try runner.start().makeAsyncIterator()
            #expect(await updates.next()?.status == .acquiring)
            let first = await updates.next()
            #expect(first?.status == .held)
            try await server.loseLock("a")
            try await server.advance(by: .seconds(10))
            let lost = await updates.next()
            #expect(lost?.status == .lost && lost?.error is LockLost)
            #expect(await updates.next()?.status == .acquiring)
            let second = await updates.next()
            #expect(second?.status == .held && second?.fence ?? 0 > first?.fence ?? .max)
            await runner.stop()
        }
    }

    @Test func goesOnAskingWhileAnotherHasIt() async throws {
        try await withTestServer { server in
            let (mine, other) = (try server.client(), try server.client())
            let held = try await other.acquire("a")
            let runner = LockRunner("a", mine, settings: quick)
            var updates = try runner.start().makeAsyncIterator()
            var refused = 0
            while refused < 3, let update = await updates.next() {
                #expect(update.status == .acquiring)
                if update.error is RunnerError { refused += 1 }
            }
            try await held.release()
            try await eventually("it holds") { runner.isLocked }
            await runner.stop()
            #expect(try await other.isFree("a"))
        }
    }

    @Test func anObserverThatIsSlowOrGoneDoesNotMatter() async throws {
        try await withTestServer { server in
            let client = try server.client()
            let held = try await client.acquire("a")
            var settings = quick
            settings.statusBuffer = 4
            settings.retryDelay = .milliseconds(1)
            let runner = LockRunner("a", client, settings: settings)
            let updates = try runner.start()
            let thrower = Task {
                for await _ in updates { throw Failure("an observer gives up") }
            }
            _ = await thrower.result
            try await held.release()
            try await eventually("it holds") { runner.isLocked }
            await runner.stop()
            #expect(runner.status == .stopped)
        }
    }

    @Test func stopEndsItWhateverItDoes() async throws {
        try await withTestServer { server in
            let client = try server.client()
            let unstarted = LockRunner("a", client)
            await unstarted.stop()
            #expect(unstarted.status == .stopped)
            let held = try await client.acquire("a")
            let waiting = LockRunner("a", client)
            _ = try waiting.start()
            try await eventually("it waits") {
                try await client.locks.getLock(GetLockRequest(name: "a")).lock?.waiting == 1
            }
            await waiting.stop()
            try await held.release()
            try await eventually("nothing is left") { try await client.isFree("a") }
            server.faults.refuse("LockService/Acquire", with: RPCError(.internal, "broken"))
            let failing = LockRunner("a", client, settings: quick)
            var updates = try failing.start().makeAsyncIterator()
            #expect(await updates.next()?.status == .acquiring)
            await failing.stop()
            #expect(failing.status == .stopped)
        }
    }
}
