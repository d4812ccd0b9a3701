internal import HoldfastBase
internal import HoldfastNode

/// A session on a node: until when it lives, and the index of its grants.
struct MemorySession {
    struct Entry: Hashable {
        private let key: NameKey
        let primary: GrantID

        init(name: String, primary: GrantID) {
            key = NameKey(name)
            self.primary = primary
        }

        var name: String { key.text }
    }

    var id: SessionID
    /// In the node's milliseconds.
    var deadline: UInt64
    /// Of the node, raised with each creation, so that no two lives of a session share one.
    var generation: UInt64
    /// Ended by its owner: what it held is free at once, without delay.
    var isClosed = false
    /// When the next sweep looks at it: never after the deadline.
    var score: UInt64
    /// No sweep knows of it yet.
    var isUnscheduled = true
    /// Each with its place in `order`.
    private var places: [Entry: Int] = [:]
    private var order: [(entry: Entry, place: Int)] = []
    private var nextPlace = 1
    var digest: UInt64 = 0

    init(id: SessionID, deadline: UInt64, generation: UInt64) {
        self.id = id
        self.deadline = deadline
        self.generation = generation
        score = deadline
    }

    var count: Int { places.count }
    var isEmpty: Bool { places.isEmpty }

    /// What it has, oldest first.
    var entries: [Entry] { order.filter { places[$0.entry] == $0.place }.map(\.entry) }

    mutating func insert(_ entry: Entry) {
        guard places[entry] == nil else { return }
        places[entry] = nextPlace
        order.append((entry, nextPlace))
        nextPlace += 1
        digest = GrantDigest.add(
            GrantDigest.element(name: entry.name, grant: entry.primary), to: digest)
    }

    mutating func remove(_ entry: Entry) {
        guard places.removeValue(forKey: entry) != nil else { return }
        digest = GrantDigest.remove(
            GrantDigest.element(name: entry.name, grant: entry.primary), from: digest)
        if order.count > 64, order.count > 2 * places.count {
            order.removeAll { places[$0.entry] != $0.place }
        }
    }

    /// At most `limit` behind `place`, and where to go on; 0 is the end. Places stay what they are
    /// when others leave, so that a walk misses nobody who was there all the time.
    func page(after place: UInt64, limit: Int) -> (entries: [Entry], next: UInt64) {
        var entries: [Entry] = []
        var last = 0
        for item in order
        where item.place > Int(clamping: place) && places[item.entry] == item.place {
            if entries.count == limit { return (entries, UInt64(last)) }
            entries.append(item.entry)
            last = item.place
        }
        return (entries, 0)
    }
}
