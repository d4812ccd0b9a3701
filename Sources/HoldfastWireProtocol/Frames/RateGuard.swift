package import HoldfastBase

/// Counts how often a peer does a thing that should be rare: a bucket of `allowance` strikes that
/// empties by one each `interval`.
package struct RateGuard: Sendable {
    private let interval: Int64
    /// How full the bucket may be for one more strike: all but one.
    private let burst: Int64
    /// The instant at which the bucket is empty again (the virtual scheduling form of a leaky bucket).
    private var emptyAt: Int64

    package init(allowance: Int, per interval: Interval, now: Instant) {
        self.interval = max(1, interval.nanoseconds)
        let (burst, overflow) = self.interval
            .multipliedReportingOverflow(by: Int64(max(1, allowance) - 1))
        self.burst = overflow ? .max : burst
        emptyAt = now.nanoseconds
    }

    /// Takes one strike; false when the bucket is full.
    package mutating func strike(now: Instant) -> Bool {
        let begin = max(emptyAt, now.nanoseconds)
        let (level, far) = begin.subtractingReportingOverflow(now.nanoseconds)
        guard !far, level <= burst else { return false }
        let (end, overflow) = begin.addingReportingOverflow(interval)
        emptyAt = overflow ? .max : end
        return true
    }
}
