internal import HoldfastBase

/// How long to wait before the next attempt: twice as long after each failure, up to a maximum, and
/// each time between half of that and all of it, so that the servers of one cluster do not come back
/// to a node all at once.
struct ReconnectPause: Sendable {
    private let first: Interval
    private let maximum: Interval
    private var generator: SeededGenerator
    private var failures = 0

    init(first: Interval, maximum: Interval, seed: UInt64) {
        self.first = first
        self.maximum = maximum
        generator = SeededGenerator(seed: seed)
    }

    /// The pause after one more failure.
    mutating func next() -> Interval {
        var length = max(1, min(first, maximum).nanoseconds)
        for _ in 0..<failures where length < maximum.nanoseconds {
            length = min(
                length.multipliedReportingOverflow(by: 2).partialValue, maximum.nanoseconds)
        }
        failures = min(failures + 1, 62)
        let half = length / 2
        let spread = Int64(generator.next() >> 1) % (half + 1)
        return Interval(nanoseconds: length - half + spread)
    }

    /// A connection has held: the next failure is the first.
    mutating func reset() {
        failures = 0
    }
}
