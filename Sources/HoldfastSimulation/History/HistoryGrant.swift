package import HoldfastBase

/// What a client was told with a grant, or with the renewal of one.
package struct HistoryGrant: Hashable, Sendable {
    /// The grant's name, the same in every record about it. Unique for its lock: the grants of a
    /// multi-lock may share it.
    package var id: UInt64
    package var fence: UInt64
    /// How many nodes held it when the answer was made.
    package var strength: Int
    package var mode: HistoryMode
    /// Until when the client's guard counts on it, as the guard computed that: from the time it sent
    /// the request, less the margin.
    package var deadline: Instant

    package init(
        id: UInt64, fence: UInt64, strength: Int, mode: HistoryMode = .exclusive, deadline: Instant
    ) {
        self.id = id
        self.fence = fence
        self.strength = strength
        self.mode = mode
        self.deadline = deadline
    }
}
