internal import HoldfastBase
internal import HoldfastNode

/// A session on a node: until when it lives, and the index of its grants.
struct MemorySession {
    struct Entry: TableKey {
        private let key: NameKey
        let primary: GrantID

        init(name: String, primary: GrantID) {
            key = NameKey(name)
            self.primary = primary
        }

        var name: String { key.text }

        func mixed(with secret: UInt64) -> UInt64 {
            key.mixed(with: primary.mixed(with: secret))
        }
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
    private struct Place {
        /// In `order`.
        var number: Int
        var isShared: Bool
    }

    private var places = KeyTable<Entry, Place>()
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
    var entries: [Entry] { order.filter { places[$0.entry]?.number == $0.place }.map(\.entry) }

    mutating func insert(_ entry: Entry, isShared: Bool) {
        guard places[entry] == nil else { return }
        places[entry] = Place(number: nextPlace, isShared: isShared)
        order.append((entry, nextPlace))
        nextPlace += 1
        digest = GrantDigest.add(element(entry, isShared), to: digest)
    }

    /// The grant has another mode now.
    mutating func change(_ entry: Entry, isShared: Bool) {
        guard let place = places[entry], place.isShared != isShared else { return }
        places[entry]?.isShared = isShared
        digest = GrantDigest.remove(element(entry, place.isShared), from: digest)
        digest = GrantDigest.add(element(entry, isShared), to: digest)
    }

    mutating func remove(_ entry: Entry) {
        guard let place = places.removeValue(forKey: entry) else { return }
        digest = GrantDigest.remove(element(entry, place.isShared), from: digest)
        if order.count > 64, order.count > 2 * places.count {
            order.removeAll { places[$0.entry]?.number != $0.place }
        }
    }

    private func element(_ entry: Entry, _ isShared: Bool) -> UInt64 {
        let element = GrantDigest.element(name: entry.name, grant: entry.primary)
        return isShared ? GrantDigest.inverted(element, count: 1) : element
    }

    /// At most `limit` behind `place`, and where to go on; 0 is the end. Places stay what they are
    /// when others leave, so that a walk misses nobody who was there all the time.
    func page(after place: UInt64, limit: Int) -> (entries: [Entry], next: UInt64) {
        var entries: [Entry] = []
        var last = 0
        for item in order
        where item.place > Int(clamping: place) && places[item.entry]?.number == item.place {
            if entries.count == limit { return (entries, UInt64(last)) }
            entries.append(item.entry)
            last = item.place
        }
        return (entries, 0)
    }
}
