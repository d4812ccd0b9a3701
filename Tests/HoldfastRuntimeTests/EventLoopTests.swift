import HoldfastBase
import HoldfastRuntime
import Synchronization
import Testing

/// Slots of sources that are gone must not trouble those that come after.
@Suite(.timeLimit(.minutes(5))) struct EventLoopTests {
    /// Counts what reaches it. On its loop only; the counters are read when the loop has answered.
    final class Source: LoopSource, Sendable {
        let flushes = Atomic<Int>(0)
        let timers = Atomic<Int>(0)
        func flush() { flushes.add(1, ordering: .relaxed) }
        func timerFired() { timers.add(1, ordering: .relaxed) }
    }

    /// Runs `work` on the loop and waits for the end of the tick.
    func onLoop(_ loop: EventLoop, _ work: @escaping @Sendable (EventLoop) -> Void) async {
        await withCheckedContinuation { continuation in
            loop.post { loop in
                work(loop)
                loop.post { _ in continuation.resume() }
            }
        }
    }

    @Test func aLateMarkDoesNotSilenceTheNextTenant() async throws {
        let loop = try EventLoop(name: "test")
        try loop.start()
        defer { loop.stop() }
        let second = Source()
        await onLoop(loop) { loop in
            let gone = loop.register(Source())
            loop.unregister(gone)
            // A session that ended while it dealt with an event still marks itself.
            loop.markDirty(gone)
        }
        await onLoop(loop) { loop in loop.markDirty(loop.register(second)) }
        #expect(second.flushes.load(ordering: .relaxed) == 1)
    }

    @Test func aTimerDoesNotFireForTheNextTenant() async throws {
        let loop = try EventLoop(name: "test")
        try loop.start()
        defer { loop.stop() }
        let heir = Source()
        let swapped = Atomic<Bool>(false)
        // Two timers of one tick; the first to fire replaces the other source by another.
        final class Swapper: LoopSource, @unchecked Sendable {
            // Touched on the loop only.
            var other = LoopToken.none
            let swap: @Sendable (LoopToken) -> Void
            init(_ swap: @escaping @Sendable (LoopToken) -> Void) { self.swap = swap }
            func timerFired() { swap(other) }
        }
        await onLoop(loop) { loop in
            let swap: @Sendable (LoopToken) -> Void = { [unowned loop] token in
                guard !swapped.exchange(true, ordering: .relaxed) else { return }
                loop.unregister(token)
                _ = loop.register(heir)
            }
            let (first, second) = (Swapper(swap), Swapper(swap))
            let tokens = (loop.register(first), loop.register(second))
            first.other = tokens.1
            second.other = tokens.0
            let soon = loop.now + .milliseconds(5)
            loop.setTimer(tokens.0, at: soon)
            loop.setTimer(tokens.1, at: soon)
        }
        while !swapped.load(ordering: .relaxed) { try await Task.sleep(for: .milliseconds(2)) }
        await onLoop(loop) { _ in }
        #expect(heir.timers.load(ordering: .relaxed) == 0)
    }
}
