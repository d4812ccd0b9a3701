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
    /// The grants, each with its place in `order`.
    private(set) var grants: [Entry: UInt64] = [:]
    /// In the order in which they came; those that went are skipped.
    private(set) var order: [(place: UInt64, entry: Entry)] = []
    private var lastPlace: UInt64 = 0
    private(set) var digest: UInt64 = 0

    init(id: SessionID, deadline: UInt64, generation: UInt64) {
        self.id = id
        self.deadline = deadline
        self.generation = generation
    }

    mutating func insert(_ entry: Entry) {
        guard grants[entry] == nil else { return }
        lastPlace += 1
        grants[entry] = lastPlace
        order.append((lastPlace, entry))
        digest = GrantDigest.add(
            GrantDigest.element(name: entry.name, grant: entry.primary), to: digest)
    }

    mutating func remove(_ entry: Entry) {
        guard grants.removeValue(forKey: entry) != nil else { return }
        digest = GrantDigest.remove(
            GrantDigest.element(name: entry.name, grant: entry.primary), from: digest)
        if order.count > 64, order.count > 2 * grants.count {
            order.removeAll { grants[$0.entry] != $0.place }
        }
    }

    /// At most `limit` behind `place`, and where to go on; 0 is the end. Places stay what they are
    /// when others leave, so that a walk misses nobody who was there all the time.
    func page(after place: UInt64, limit: Int) -> (entries: [Entry], next: UInt64) {
        var entries: [Entry] = []
        for item in order where item.place > place && grants[item.entry] == item.place {
            if entries.count == limit { return (entries, entries.last.flatMap { grants[$0] } ?? 0) }
            entries.append(item.entry)
        }
        return (entries, 0)
    }

    mutating func popLast() -> Entry? {
        while let item = order.popLast() {
            guard grants[item.entry] == item.place else { continue }
            remove(item.entry)
            return item.entry
        }
        return nil
    }
}
