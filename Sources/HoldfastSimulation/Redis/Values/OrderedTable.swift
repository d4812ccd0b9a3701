/// A table that remembers in which order its keys came.
///
/// What Redis lists in an order of its own, such as the fields of a hash, the model lists in the
/// order of insertion: the same in every process, and for small hashes exactly what Redis does.
struct OrderedTable<Value: Sendable>: Sendable {
    private struct Slot: Sendable {
        let key: RedisBytes
        var value: Value
        var isLive = true
    }

    private var places: [RedisBytes: Int] = [:]
    private var slots: [Slot] = []

    var count: Int { places.count }
    var isEmpty: Bool { places.isEmpty }

    /// The keys and values, in the order of insertion.
    var pairs: [(key: RedisBytes, value: Value)] {
        slots.compactMap { $0.isLive ? ($0.key, $0.value) : nil }
    }

    /// Where the key is; good until the next change of the table.
    func place(of key: RedisBytes) -> Int? { places[key] }

    /// What is at a place that `place(of:)` gave.
    subscript(place: Int) -> Value {
        _read { yield slots[place].value }
        _modify { yield &slots[place].value }
    }

    /// The value of a key.
    subscript(key: RedisBytes) -> Value? {
        places[key].map { slots[$0].value }
    }

    /// Sets the value of a key, which keeps its place if it is there; whether it is new.
    @discardableResult
    mutating func set(_ key: RedisBytes, _ value: Value) -> Bool {
        if let place = places[key] {
            slots[place].value = value
            return false
        }
        places[key] = slots.count
        slots.append(Slot(key: key, value: value))
        return true
    }

    /// Removes a key; its value, if it was there.
    @discardableResult
    mutating func remove(_ key: RedisBytes) -> Value? {
        guard let place = places.removeValue(forKey: key) else { return nil }
        let value = slots[place].value
        slots[place].isLive = false
        if slots.count > 16, slots.count > places.count * 2 { compact() }
        return value
    }

    private mutating func compact() {
        slots.removeAll { !$0.isLive }
        for place in slots.indices { places[slots[place].key] = place }
    }
}
