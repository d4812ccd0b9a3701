/// A histogram, as a run of places in every `MetricShard`: one for each bucket, one for what is
/// larger than all bounds, one for the sum.
///
/// Observations are integers in a small unit (nanoseconds, bytes); the unit that is shown is
/// `unitsPerShown` times larger, so that the hot path never computes with fractions.
package struct MetricHistogram: Hashable, Sendable {
    /// Buckets for times of calls: 50 µs to 10 s, in nanoseconds.
    package static let callBounds: [UInt64] = [
        50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
        25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000,
        2_500_000_000, 10_000_000_000,
    ]

    let first: Int
    /// Greatest value of each bucket, rising.
    let bounds: [UInt64]
    let unitsPerShown: Double

    /// Places that a histogram with so many bounds takes.
    static func width(_ bounds: Int) -> Int { bounds + 2 }

    var sumIndex: Int { first + bounds.count + 1 }
}
