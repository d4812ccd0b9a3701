/// All that a node keeps about itself, in one record that every script reads.
///
/// `reserved` is an upper bound of every fence this node has granted; it is raised by a second's
/// worth at a time, so that it need not be written with each grant. What it was one and two periods
/// of the node's clock ago becomes `floor`, below which no fence is granted: by then the records of
/// locks that were freed before have been dropped, and with them their counters.
package struct Gate: Hashable, Sendable {
    package var identity: GateIdentity
    package var reserved: Fence = 0
    package var reservedBefore: Fence = 0
    package var floor: Fence = 0
    /// Which period `reserved` belongs to: the node's milliseconds divided by `periodMilliseconds`.
    package var period: UInt64 = 0
    /// Longest time to live ever granted here, in milliseconds: how long a node that may have
    /// forgotten stays out.
    package var longestTTL: UInt64 = 0
    /// Until when changes are written to the log, in the node's milliseconds; 0 is not at all.
    package var watchedUntil: UInt64 = 0
    /// The node may have lost registers, and has no say about them yet. Kept beside the record.
    package var isLearning = false

    package init(identity: GateIdentity) {
        self.identity = identity
    }

    /// R: a free record is dropped after twice this.
    package static let periodMilliseconds: UInt64 = 60_000
    /// How much further than needed `reserved` is raised, in fences (microseconds).
    package static let reserveAhead: Fence = 1_000_000
    /// A proposed fence further ahead than this of the node's clock, and of what it has granted, is
    /// refused: one bad clock must not push all fences into the future.
    package static let skewAllowed: Fence = 500_000
    /// How long a place in a queue stands that is not taken again: whoever waits asks again every few
    /// seconds, and a place whose owner forgot it must not keep others out.
    package static let placeMilliseconds: UInt64 = 10_000
    /// How long a tombstone refuses a late acquire, in milliseconds.
    package static let tombstoneMilliseconds: UInt64 = 30_000

    /// Brings floor and period up to the node's clock; a clock that went back changes nothing.
    package mutating func turn(milliseconds: UInt64) {
        let current = milliseconds / Self.periodMilliseconds
        guard current > period else { return }
        floor = max(floor, current == period + 1 ? reservedBefore : reserved)
        reservedBefore = reserved
        period = current
    }

    /// Makes sure that `fence` is covered.
    package mutating func cover(_ fence: Fence) {
        if fence > reserved { reserved = fence &+ Self.reserveAhead }
    }
}
