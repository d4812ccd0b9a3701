internal import HoldfastNode

/// Grants that were made while a node was silent: the last of them, so many.
///
/// What was sent to the node may still arrive, so their release must bury them. Of those that are
/// forgotten, the oldest first, what was sent has arrived or never will.
struct UncertainGrants: Sendable {
    static let limit = 4096

    /// Each with its number, counted from 0.
    private var numbers: [GrantID: Int] = [:]
    /// The last `limit` of them, each at its number modulo the limit.
    private var last: [GrantID] = []
    private var next = 0

    var isEmpty: Bool { numbers.isEmpty }

    mutating func insert(_ grant: GrantID) {
        let place = next % Self.limit
        if next < Self.limit {
            last.append(grant)
        } else {
            if numbers[last[place]] == next - Self.limit { numbers[last[place]] = nil }
            last[place] = grant
        }
        numbers[grant] = next
        next += 1
    }

    /// Whether it was one of them.
    mutating func remove(_ grant: GrantID) -> Bool { numbers.removeValue(forKey: grant) != nil }
}
