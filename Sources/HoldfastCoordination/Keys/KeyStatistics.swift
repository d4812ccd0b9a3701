/// What a server has done with keys since it started.
package struct KeyStatistics: Hashable, Sendable {
    /// Rounds that were committed: with a ballot that was promised with the last change, in one round
    /// trip; and with one that had to be asked for first.
    package internal(set) var roundsWarm: UInt64 = 0
    package internal(set) var roundsCold: UInt64 = 0
    /// Rounds that were lost to another server.
    package internal(set) var roundsLost: UInt64 = 0
    /// Rounds for which too few nodes answered.
    package internal(set) var roundsSilent: UInt64 = 0
    /// Changes that were taken along by the round of another.
    package internal(set) var folded: UInt64 = 0
    /// Readings in which a quorum had the same; in which the newest had to be told to all again; and that
    /// met a change under way, and were made one.
    package internal(set) var readsInOne: UInt64 = 0
    package internal(set) var readsInTwo: UInt64 = 0
    package internal(set) var readsByChange: UInt64 = 0
    /// Conditions that did not hold, and guards that were stale.
    package internal(set) var mismatches: UInt64 = 0
    package internal(set) var stale: UInt64 = 0
    /// Changes of which nobody can say whether they were made.
    package internal(set) var unknown: UInt64 = 0
    /// Values that were deleted because their time was over, and keys that were taken from the nodes.
    package internal(set) var expired: UInt64 = 0
    package internal(set) var collected: UInt64 = 0
    /// Nodes that were told everything.
    package internal(set) var lessons: UInt64 = 0

    package init() {}

    mutating func note(_ outcome: KeyOutcome) {
        switch outcome {
        case .mismatch: mismatches += 1
        case .stale: stale += 1
        case .unknown: unknown += 1
        case .applied, .value, .unproved, .tooManyGuards, .unavailable, .malformed: break
        }
    }
}
