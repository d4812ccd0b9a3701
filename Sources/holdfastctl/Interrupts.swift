import Glibc
import HoldfastBase
import HoldfastControl
import HoldfastSystem

/// Ctrl-C and SIGTERM: the first asks the program to end, a second one ends it.
///
/// What follows within a moment is the same wish: timeout(1), for one, signals the process and then
/// its group. Must be made before any other thread starts, so that all threads inherit the mask.
struct Interrupts: ~Copyable {
    private static let moment = Interval.milliseconds(200)

    private let queue: SignalQueue

    init() throws(SystemError) {
        queue = try SignalQueue([.interrupt, .terminate])
    }

    /// Keeps the calling thread, the first one of the process, for good. Were it given to the
    /// concurrency runtime instead, that would let it sleep with every signal let in.
    consuming func wait(_ act: () -> Void) -> Never {
        var first: Instant?
        while true {
            var wanted = pollfd(fd: queue.descriptor, events: Int16(POLLIN), revents: 0)
            _ = unsafe poll(&wanted, 1, -1)
            while queue.next() != nil {
                guard let begun = first else {
                    first = Clocks.now()
                    act()
                    continue
                }
                if Clocks.now() - begun > Self.moment { _exit(ExitStatus.interrupted.rawValue) }
            }
        }
    }
}
