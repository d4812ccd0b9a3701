package import HoldfastBase

/// Whether the clock of a node was set, by what it said and when it may have said it.
///
/// A reading is from some moment between the question and the answer, so it bounds how far the node's
/// clock is from ours from both sides; what is known of that distance is where the bounds of all
/// readings meet, a little wider as time passes, for clocks drift. A reading that came late says little
/// and accuses nobody; one that is beyond the bounds of the others by more than the tolerance says that
/// the clock was set. Then nothing is known but what it says.
package struct ClockWitness: Sendable {
    /// How far a clock may step without anybody's harm, in microseconds: what is smaller than drift and
    /// margins cover is none of ours.
    private static let tolerance: Int64 = 250_000
    /// Clocks differ in rate by no more than half a percent.
    private static let driftDivisor: Int64 = 200

    private var low: Int64 = 0
    private var high: Int64 = 0
    private var seen: Instant?

    package init() {}

    /// Takes a reading in.
    ///
    /// - Returns: By how many microseconds the clock was set, if it was.
    package mutating func read(
        microseconds: UInt64, asked: Instant, answered: Instant
    ) -> Int64? {
        let clock = Int64(clamping: microseconds)
        let least = Self.distance(clock, answered)
        let most = Self.distance(clock, asked)
        defer { seen = answered }
        guard let seen else {
            (low, high) = (least, most)
            return nil
        }
        let drift = (answered - seen).microseconds / Self.driftDivisor
        low = Self.sum(low, -drift)
        high = Self.sum(high, drift)
        let step = least > high ? Self.sum(least, -high) : most < low ? Self.sum(most, -low) : 0
        if step == 0 {
            (low, high) = (max(low, least), min(high, most))
            return nil
        }
        (low, high) = (least, most)
        return step.magnitude > UInt64(Self.tolerance) ? step : nil
    }

    private static func distance(_ clock: Int64, _ instant: Instant) -> Int64 {
        sum(clock, -(instant - .zero).microseconds)
    }

    /// What a node says may be any number.
    private static func sum(_ one: Int64, _ other: Int64) -> Int64 {
        let (sum, isOverflow) = one.addingReportingOverflow(other)
        return isOverflow ? (one < 0 ? .min / 4 : .max / 4) : max(.min / 4, min(.max / 4, sum))
    }
}
