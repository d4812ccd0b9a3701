import Glibc
package import HoldfastBase

/// The two times that a log needs: one to show, one to measure with.
package struct LogTime: Hashable, Sendable {
    /// Nanoseconds since 1970.
    package var wallNanoseconds: Int64
    /// For rates; does not jump.
    package var instant: Instant

    /// Makes a time.
    package init(wallNanoseconds: Int64, instant: Instant) {
        self.wallNanoseconds = wallNanoseconds
        self.instant = instant
    }

    /// The time now.
    package static func now() -> LogTime {
        LogTime(
            wallNanoseconds: read(CLOCK_REALTIME),
            instant: Instant(nanoseconds: read(CLOCK_BOOTTIME)))
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        guard unsafe clock_gettime(clock, &time) == 0 else { return 0 }
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// "2026-11-20T16:25:52.123456Z".
    package var text: String { WallTime(nanoseconds: wallNanoseconds).microsecondText }
}
