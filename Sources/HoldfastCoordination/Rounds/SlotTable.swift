/// Values in numbered places that are used again; each use has its own number, so that a late answer
/// for what was there before finds nobody.
struct SlotTable<Value: Sendable>: Sendable {
    /// The first is nobody's: what is asked about a value that is not there is asked of it.
    private var contents = Slab<Value?>()
    private var generations: [UInt32] = [0]
    private var free: [UInt32] = []
    private(set) var count = 0

    init() { contents.append(nil) }

    mutating func insert(_ value: Value) -> SlotKey {
        count += 1
        if let slot = free.popLast() {
            contents[Int(slot)] = value
            return SlotKey(slot: slot, generation: generations[Int(slot)])
        }
        contents.append(value)
        generations.append(1)
        return SlotKey(slot: UInt32(contents.count - 1), generation: 1)
    }

    func contains(_ key: SlotKey) -> Bool { place(key) != 0 }

    /// Where the value lies; 0 where it is not there.
    private func place(_ key: SlotKey) -> Int {
        let slot = Int(key.slot)
        guard slot < generations.count, generations[slot] == key.generation else { return 0 }
        return slot
    }

    subscript(key: SlotKey) -> Value? {
        @inline(__always)
        unsafeAddress { unsafe contents.address(place(key)) }
        @inline(__always)
        unsafeMutableAddress { unsafe contents.mutableAddress(place(key)) }
    }

    @discardableResult
    mutating func remove(_ key: SlotKey) -> Value? {
        let slot = place(key)
        guard slot != 0 else { return nil }
        let value = contents[slot].take()
        generations[slot] = max(1, (key.generation + 1) & SlotKey.generationMax)
        free.append(key.slot)
        count -= 1
        return value
    }

    /// The keys in use, in the order of their places.
    var keys: [SlotKey] {
        contents.indices.compactMap {
            contents[$0] == nil ? nil : SlotKey(slot: UInt32($0), generation: generations[$0])
        }
    }
}
