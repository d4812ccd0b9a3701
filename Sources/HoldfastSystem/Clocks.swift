internal import CHoldfastSystem
internal import Glibc
package import HoldfastBase

/// The clocks. Read once per tick by the shells; machines are handed what was read.
package enum Clocks {
    /// The monotonic clock that counts suspend.
    package static func now() -> Instant {
        Instant(nanoseconds: read(CLOCK_BOOTTIME))
    }

    /// Wall-clock time in nanoseconds since 1970: for logs, certificates and humans only.
    package static func wallNanoseconds() -> Int64 {
        read(CLOCK_REALTIME)
    }

    /// CPU time this process has used, both modes.
    package static func processorTime() -> Interval {
        Interval(nanoseconds: read(CLOCK_PROCESS_CPUTIME_ID))
    }

    /// CPU time the calling thread has used.
    package static func threadProcessorTime() -> Interval {
        Interval(nanoseconds: read(CLOCK_THREAD_CPUTIME_ID))
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        _ = unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
