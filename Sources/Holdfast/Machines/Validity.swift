internal import HoldfastBase

/// Until when a client counts on what a server has confirmed.
///
/// Counted from when the request was *sent*, never from its answer, and with something taken off: the
/// nodes' clocks may run up to one percent faster than this one.
enum Validity {
    private static let margin = Interval.milliseconds(2)

    /// The end of a life of `ttl` that was asked for at `sent` and began after `waited`.
    static func end(sent: Instant, waited: Interval = .zero, ttl: Interval) -> Instant {
        let length = cautious(waited) + cautious(ttl)
        return sent + length + Interval(nanoseconds: -margin.nanoseconds)
    }

    private static func cautious(_ interval: Interval) -> Interval {
        let length = max(0, interval.nanoseconds)
        return Interval(nanoseconds: length - length / 100)
    }
}

extension Interval {
    /// So many thousandths of the length.
    func thousandths(_ count: Int64) -> Interval {
        let (product, overflow) = nanoseconds.multipliedReportingOverflow(by: count)
        return Interval(nanoseconds: overflow ? nanoseconds / 1000 * count : product / 1000)
    }

    /// Whole milliseconds for the wire: rounded up, 0 when negative.
    var wireMilliseconds: UInt64 { UInt64(clamping: millisecondsRoundedUp) }

    /// So many milliseconds from the wire; saturates.
    init(wireMilliseconds count: UInt64) {
        self = .milliseconds(Int64(clamping: count))
    }
}
