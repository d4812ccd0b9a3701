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
    package var text: String {
        let microseconds = wallNanoseconds.floorDivided(by: 1000)
        let seconds = microseconds.floorDivided(by: 1_000_000)
        let days = seconds.floorDivided(by: 86_400)
        let clock = seconds - days * 86_400
        let (year, month, day) = Self.civil(days)
        return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))T"
            + "\(Self.padded(clock / 3600, 2)):\(Self.padded(clock / 60 % 60, 2)):"
            + "\(Self.padded(clock % 60, 2)).\(Self.padded(microseconds - seconds * 1_000_000, 6))Z"
    }

    private static func padded(_ number: Int64, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    /// Year, month and day of a day counted from 1970. The year is taken to begin in March, so that
    /// the leap day is its last (Howard Hinnant, "chrono-compatible low-level date algorithms").
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
