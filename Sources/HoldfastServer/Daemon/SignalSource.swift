internal import HoldfastRuntime
internal import HoldfastSystem

/// Signals, handed to a closure on a loop.
final class SignalSource: LoopSource, @unchecked Sendable {
    // `@unchecked Sendable`: touched on its loop only, after `begin`.
    private let queue: SignalQueue
    private let loop: EventLoop
    private let handle: @Sendable (SignalQueue.Signal) -> Void

    init(
        _ queue: consuming SignalQueue, loop: EventLoop,
        handle: @escaping @Sendable (SignalQueue.Signal) -> Void
    ) {
        self.queue = queue
        self.loop = loop
        self.handle = handle
    }

    func begin() {
        let token = loop.register(self)
        try? loop.watch(queue.descriptor, .readable, for: token)
    }

    func ready(_ event: Poller.Event) {
        while let signal = queue.next() { handle(signal) }
    }
}
