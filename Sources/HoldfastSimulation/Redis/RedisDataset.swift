/// The keys of a node and their values: a value, so that a snapshot of it costs nothing.
struct RedisDataset: Sendable {
    private var entries = OrderedTable<RedisEntry>()

    /// Keys that are there, those included whose time is over but that nobody has asked for since.
    var count: Int { entries.count }

    /// All keys, in the order in which they came.
    var keys: [RedisBytes] { entries.pairs.map(\.key) }

    func place(of key: RedisBytes) -> Int? { entries.place(of: key) }

    subscript(place: Int) -> RedisEntry {
        _read { yield entries[place] }
        _modify { yield &entries[place] }
    }

    subscript(key: RedisBytes) -> RedisEntry? { entries[key] }

    mutating func set(_ key: RedisBytes, _ object: RedisObject, expiry: Int64? = nil) {
        entries.set(key, RedisEntry(object: object, expiry: expiry))
    }

    @discardableResult
    mutating func remove(_ key: RedisBytes) -> RedisEntry? {
        entries.remove(key)
    }

    mutating func removeAll() {
        entries = OrderedTable()
    }

    /// Takes the object out of its entry, so that it can be changed without a copy.
    mutating func takeObject(at place: Int) -> RedisObject {
        let object = entries[place].object
        entries[place].object = .string([])
        return object
    }
}
