/// A point on the monotonic clock that counts suspend (CLOCK_BOOTTIME), in nanoseconds.
///
/// Machines never read a clock; they are handed an `Instant`. It is an integer and not
/// `ContinuousClock.Instant` because the hot path adds and compares it several times per call.
public struct Instant: Hashable, Comparable, Sendable {
    /// Since the boot of the machine.
    public var nanoseconds: Int64

    /// The instant so long after the boot.
    @inlinable
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Later than every instant that occurs.
    public static let never = Instant(nanoseconds: .max)
    /// The boot.
    public static let zero = Instant(nanoseconds: 0)

    /// Earlier comes first.
    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// Saturates: an interval that reaches past `never` is `never`.
    @inlinable
    public static func + (instant: Instant, interval: Interval) -> Instant {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(interval.nanoseconds)
        guard overflow else { return Instant(nanoseconds: sum) }
        return interval.nanoseconds > 0 ? .never : Instant(nanoseconds: .min)
    }

    /// The time from `earlier` to `later`; saturates.
    @inlinable
    public static func - (later: Instant, earlier: Instant) -> Interval {
        let (difference, overflow) = later.nanoseconds
            .subtractingReportingOverflow(earlier.nanoseconds)
        return Interval(nanoseconds: overflow ? .max : difference)
    }
}

/// A length of time in nanoseconds: what `Duration` is, in one machine word.
public struct Interval: Hashable, Comparable, Sendable {
    /// The length.
    public var nanoseconds: Int64

    /// So many nanoseconds.
    @inlinable
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The same length as `duration`, at most about 292 years.
    public init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow {
            nanoseconds = seconds < 0 ? .min : .max
        } else {
            let (sum, carried) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
            nanoseconds = carried ? (seconds < 0 ? .min : .max) : sum
        }
    }

    /// No time.
    public static let zero = Interval(nanoseconds: 0)
    /// The longest, about 292 years.
    public static let max = Interval(nanoseconds: .max)

    /// So many seconds; saturates.
    @inlinable
    public static func seconds(_ count: Int64) -> Interval {
        scaled(count, by: 1_000_000_000)
    }

    /// So many milliseconds; saturates.
    @inlinable
    public static func milliseconds(_ count: Int64) -> Interval {
        scaled(count, by: 1_000_000)
    }

    /// So many microseconds; saturates.
    @inlinable
    public static func microseconds(_ count: Int64) -> Interval {
        scaled(count, by: 1000)
    }

    @inlinable
    static func scaled(_ count: Int64, by unit: Int64) -> Interval {
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        return Interval(nanoseconds: overflow ? (count < 0 ? .min : .max) : product)
    }

    /// Shorter comes first.
    @inlinable
    public static func < (left: Interval, right: Interval) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// Saturates.
    @inlinable
    public static func + (left: Interval, right: Interval) -> Interval {
        let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.nanoseconds)
        guard overflow else { return Interval(nanoseconds: sum) }
        return right.nanoseconds > 0 ? .max : Interval(nanoseconds: .min)
    }

    /// Whole milliseconds, rounded up, so that a wait is never too short; 0 when negative.
    @inlinable
    public var millisecondsRoundedUp: Int64 {
        nanoseconds <= 0 ? 0 : (nanoseconds - 1) / 1_000_000 + 1
    }

    /// Whole microseconds; 0 when negative.
    @inlinable
    public var microseconds: Int64 { nanoseconds <= 0 ? 0 : nanoseconds / 1000 }

    /// The same length as the standard library has it.
    public var duration: Duration { .nanoseconds(nanoseconds) }
}
