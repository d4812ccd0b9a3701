/// Values in numbered places that are used again; each use has its own number, so that a late answer
/// for what was there before finds nobody.
struct SlotTable<Value: Sendable>: Sendable {
    private struct Slot: Sendable {
        var value: Value?
        var generation: UInt32 = 1
    }

    private var slots: [Slot] = []
    private var free: [Int] = []
    private(set) var count = 0

    mutating func insert(_ value: Value) -> SlotKey {
        count += 1
        if let slot = free.popLast() {
            slots[slot].value = value
            return SlotKey(slot: UInt32(slot), generation: slots[slot].generation)
        }
        // By a quarter: slots are large, and ten thousand waiters need no twenty thousand.
        if slots.count == slots.capacity { slots.reserveCapacity(slots.count * 5 / 4 + 16) }
        slots.append(Slot(value: value))
        return SlotKey(slot: UInt32(slots.count - 1), generation: 1)
    }

    func contains(_ key: SlotKey) -> Bool {
        Int(key.slot) < slots.count && slots[Int(key.slot)].generation == key.generation
            && slots[Int(key.slot)].value != nil
    }

    subscript(key: SlotKey) -> Value? {
        // Lent and not copied: a copy counts the references of all that the value has.
        _read {
            if contains(key) {
                yield slots[Int(key.slot)].value
            } else {
                yield nil
            }
        }
        _modify {
            if contains(key) {
                yield &slots[Int(key.slot)].value
            } else {
                var none: Value?
                yield &none
            }
        }
    }

    @discardableResult
    mutating func remove(_ key: SlotKey) -> Value? {
        guard contains(key) else { return nil }
        let value = slots[Int(key.slot)].value.take()
        slots[Int(key.slot)].generation = (key.generation + 1) & SlotKey.generationMax
        free.append(Int(key.slot))
        count -= 1
        return value
    }

    /// The keys in use, in the order of their places.
    var keys: [SlotKey] {
        slots.indices.compactMap {
            slots[$0].value == nil
                ? nil : SlotKey(slot: UInt32($0), generation: slots[$0].generation)
        }
    }
}
