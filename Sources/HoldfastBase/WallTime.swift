/// A point of wall-clock time, for people to read: in logs, certificates and tables, never to decide
/// by. Always UTC.
package struct WallTime: Hashable, Sendable {
    /// Nanoseconds since 1970.
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Milliseconds since 1970, as they travel.
    package init(milliseconds: UInt64) {
        let (product, overflow) = Int64(clamping: milliseconds)
            .multipliedReportingOverflow(by: 1_000_000)
        nanoseconds = overflow ? .max : product
    }

    /// "2026-11-20T16:25:52.123456Z".
    package var microsecondText: String {
        let part = parts
        return "\(part.date)T\(part.clock).\(Self.padded(part.microseconds, 6))Z"
    }

    /// "2026-11-20 16:25:52Z".
    package var secondText: String { "\(parts.date) \(parts.clock)Z" }

    private var parts: (date: String, clock: String, microseconds: Int64) {
        let microseconds = nanoseconds.floorDivided(by: 1000)
        let seconds = microseconds.floorDivided(by: 1_000_000)
        let days = seconds.floorDivided(by: 86_400)
        let clock = seconds - days * 86_400
        let (year, month, day) = Self.civil(days)
        return (
            "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))",
            "\(Self.padded(clock / 3600, 2)):\(Self.padded(clock / 60 % 60, 2)):"
                + Self.padded(clock % 60, 2),
            microseconds - seconds * 1_000_000
        )
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
