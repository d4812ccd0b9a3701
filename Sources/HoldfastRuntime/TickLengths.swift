package import HoldfastBase

/// How long the ticks of a loop took: what a source has to wait, at worst, for the others.
///
/// Buckets double from 2^15 ns (33 µs); the last takes the rest. Counting costs one reading of the
/// clock a tick.
package struct TickLengths: Sendable {
    package static let buckets = 16
    private static let firstBits: UInt64 = 15

    /// Upper bounds of all buckets but the last, in nanoseconds.
    package static let boundsNanoseconds: [UInt64] = (0..<buckets - 1).map {
        1 << (firstBits + UInt64($0))
    }

    package private(set) var counts = [UInt64](repeating: 0, count: TickLengths.buckets)
    package private(set) var sumNanoseconds: UInt64 = 0

    package init() {}

    package mutating func count(_ length: Interval) {
        let nanoseconds = UInt64(max(0, length.nanoseconds))
        sumNanoseconds &+= nanoseconds
        let whole = max(nanoseconds, 1) &- 1
        let bucket = 64 - (whole >> Self.firstBits).leadingZeroBitCount
        counts[min(bucket, Self.buckets - 1)] &+= 1
    }

    package mutating func add(_ other: TickLengths) {
        for bucket in counts.indices { counts[bucket] &+= other.counts[bucket] }
        sumNanoseconds &+= other.sumNanoseconds
    }
}
