internal import CHoldfastSystem
internal import Glibc

/// Signals as readable events instead of interrupts.
///
/// Must be made before any other thread starts, so that all threads inherit the mask.
package struct SignalQueue: ~Copyable {
    package enum Signal: Int32, Sendable, CaseIterable {
        case hangUp = 1
        case interrupt = 2
        case quit = 3
        case user1 = 10
        case user2 = 12
        case terminate = 15
        case childChanged = 17
        case proceed = 18
        case windowChanged = 28
    }

    private let queue: Descriptor

    /// Whether the process was started so that it ignores the signal, as nohup(1) does with SIGHUP.
    package static func isIgnored(_ signal: Signal) -> Bool { hf_is_ignored(signal.rawValue) != 0 }

    package init(_ signals: [Signal]) throws(SystemError) {
        var set = Self.blocked(signals)
        let number = unsafe signalfd(
            -1, &set, Int32(SFD_NONBLOCK | SFD_CLOEXEC))
        guard number >= 0 else { throw .last("signalfd") }
        queue = Descriptor(owning: number)
    }

    /// Keeps `signals` from interrupting the calling thread and those it starts from now on. A program
    /// calls it on its first thread before anything else: one thread that does not block a signal is
    /// enough for it to end the process.
    package static func block(_ signals: [Signal]) {
        _ = blocked(signals)
    }

    private static func blocked(_ signals: [Signal]) -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal.rawValue) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        return set
    }

    package var descriptor: Int32 { queue.number }

    /// The next signal that came, if any.
    package func next() -> Signal? {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        guard unsafe read(queue.number, &info, size) == size else { return nil }
        return Signal(rawValue: Int32(bitPattern: info.ssi_signo))
    }
}
