package import HoldfastSystem

/// Something that lives on a loop and is called by it, on the loop's thread.
package protocol LoopSource: AnyObject {
    /// The descriptor is readable, writable or broken.
    func ready(_ event: Poller.Event)
    /// The timer's instant has come.
    func timerFired()
    /// The tick ends: write what is to be written.
    func flush()
    /// The turn that `continueNextTick` asked for.
    func continueWork()
    /// The loop ends; nothing is called any more after this.
    func loopStopped()
}

extension LoopSource {
    package func ready(_ event: Poller.Event) {}
    package func timerFired() {}
    package func flush() {}
    package func continueWork() {}
    package func loopStopped() {}
}

/// A piece of work that another thread hands to a loop.
package protocol LoopWork: AnyObject, Sendable {
    func run(on loop: EventLoop)
    /// The loop has stopped; it will never run.
    func dropped()
}

extension LoopWork {
    package func dropped() {}
}

final class ClosureWork: LoopWork {
    private let body: @Sendable (EventLoop) -> Void

    init(_ body: @escaping @Sendable (EventLoop) -> Void) {
        self.body = body
    }

    func run(on loop: EventLoop) { body(loop) }
}
