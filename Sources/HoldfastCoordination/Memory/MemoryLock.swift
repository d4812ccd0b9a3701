internal import HoldfastNode

/// A lock's record: who holds it, and the largest fence granted.
struct MemoryLock {
    var counter: Fence = 0
    var grants: [MemoryGrant] = []
    /// Nobody gets it before, in the node's milliseconds.
    var delayedUntil: UInt64 = 0
    /// When it became free; a free record is dropped after two periods.
    var freeSince: UInt64 = 0

    mutating func raise(to fence: Fence) {
        counter = max(counter, fence)
    }

    mutating func delay(until: UInt64) {
        delayedUntil = max(delayedUntil, until)
    }

    /// Of the grant that `id` holds by.
    func index(of id: GrantID) -> Int? {
        grants.firstIndex { $0.joined.contains(id) }
    }

    func index(primary: GrantID) -> Int? {
        grants.firstIndex { $0.primary == primary }
    }
}
