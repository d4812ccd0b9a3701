internal import HoldfastBase
internal import HoldfastRuntime

/// A timer on the client's own thread: it acts in time even when every thread that runs tasks is
/// blocked by user code.
///
/// `@unchecked Sendable`: what is mutable is touched on the loop only.
final class ClientTimer: LoopSource, @unchecked Sendable {
    private let loop: EventLoop
    private let clock: ClientClock
    private let action: @Sendable (ClientTimer) -> Void
    private var token = LoopToken.none
    private var isOver = false

    init(
        _ loop: EventLoop, _ clock: ClientClock,
        _ action: @escaping @Sendable (ClientTimer) -> Void
    ) {
        self.loop = loop
        self.clock = clock
        self.action = action
    }

    /// Acts at `instant`, in place of an earlier setting; from any thread.
    func arm(_ instant: Instant) {
        if loop.isOnLoop { set(instant) } else { loop.post { [self] _ in set(instant) } }
    }

    /// Never acts again; from any thread.
    func cancel() {
        loop.post { [self] loop in
            isOver = true
            loop.unregister(token)
            _ = clock.set(self, at: .never)
        }
    }

    private func set(_ instant: Instant) {
        guard !isOver, !clock.set(self, at: instant) else { return }
        if token == .none { token = loop.register(self) }
        loop.setTimer(token, at: instant)
    }

    /// A manual clock has come to the instant.
    func fireSoon() {
        loop.post { [self] _ in timerFired() }
    }

    func timerFired() {
        if !isOver { action(self) }
    }
}
