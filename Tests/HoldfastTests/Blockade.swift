import Glibc
import Synchronization

/// Blocks threads that run tasks: all that come at the same time are let go together.
enum Blockade {
    private static let end = Mutex<UInt64?>(nil)

    private static var now: UInt64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    }

    /// Sleeps until so long after the first of them began.
    static func sleep(milliseconds: UInt64) {
        let until = end.withLock { end in
            let until = end ?? now + milliseconds
            end = until
            return until
        }
        while now < until { usleep(10_000) }
    }
}
