internal import HoldfastNode

/// A session on a node: until when it lives, and the index of its grants.
struct MemorySession {
    struct Entry: Hashable {
        var name: String
        var primary: GrantID
    }

    var id: SessionID
    /// In the node's milliseconds.
    var deadline: UInt64
    /// Of the node, raised with each creation, so that no two lives of a session share one.
    var generation: UInt64
    /// Ended by its owner: what it held is free at once, without delay.
    var isClosed = false
    var grants: Set<Entry> = []
    /// Those not in order any more are skipped when they are listed or swept.
    var order: [Entry] = []
    var digest: UInt64 = 0

    mutating func insert(_ entry: Entry) {
        guard grants.insert(entry).inserted else { return }
        order.append(entry)
        digest = GrantDigest.add(
            GrantDigest.element(name: entry.name, grant: entry.primary), to: digest)
    }

    mutating func remove(_ entry: Entry) {
        guard grants.remove(entry) != nil else { return }
        digest = GrantDigest.remove(
            GrantDigest.element(name: entry.name, grant: entry.primary), from: digest)
        if order.count > 64, order.count > 2 * grants.count {
            order.removeAll { !grants.contains($0) }
        }
    }
}
