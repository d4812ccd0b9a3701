internal import HoldfastBase

/// What a `KeyTable` finds its values by.
protocol TableKey: Equatable, Sendable {
    /// Depends on every bit of the key, in a way that nobody can aim at who does not know `secret`.
    func mixed(with secret: UInt64) -> UInt64
}

/// Values by key, for what is asked several times by every call.
///
/// The language's dictionary spends hundreds of instructions on a question, most of them on a hash
/// that is stronger than needed. Here the values lie in a row without gaps, and beside them are
/// places, each with a part of a key's hash and where its value is; a question looks at one or two of
/// those. Whoever has a value's index need not ask again: indices hold until something is removed.
struct KeyTable<Key: TableKey, Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        var key: Key
        var hash: UInt64
    }

    private var entries: [Entry] = []
    /// Each `nil` only while its key is added or taken out.
    private var contents = Slab<Value?>()
    /// Upper half of the hash, and one more than the index; 0 is nobody. As many as a power of two.
    private var places: [UInt64] = []
    private let secret = KeySecret.make()

    init() {}

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }
    /// How many there is memory for.
    var capacity: Int { entries.capacity }
    var keys: some Sequence<Key> { entries.lazy.map(\.key) }
    var values: some Sequence<Value> { contents.indices.lazy.compactMap { contents[$0] } }

    var pairs: some Sequence<(key: Key, value: Value)> {
        entries.indices.lazy.compactMap { index in
            contents[index].map { (entries[index].key, $0) }
        }
    }

    // MARK: By index

    func index(of key: borrowing Key) -> Int? {
        guard !entries.isEmpty else { return nil }
        let hash = key.mixed(with: secret)
        let mask = places.count - 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while places[place] != 0 {
            if (places[place] ^ hash) >> 32 == 0 {
                let index = Int(places[place] & 0xFFFF_FFFF) - 1
                if entries[index].key == key { return index }
            }
            place = (place + 1) & mask
        }
        return nil
    }

    func key(at index: Int) -> Key { entries[index].key }

    /// Lent and not copied: a copy counts the references of all that the value has.
    subscript(index: Int) -> Value? {
        @_transparent
        unsafeAddress { unsafe address(index) }
        @_transparent
        unsafeMutableAddress { unsafe mutableAddress(index) }
    }

    @unsafe
    @_transparent
    func address(_ index: Int) -> UnsafePointer<Value?> { unsafe contents.address(index) }

    @unsafe
    @_transparent
    mutating func mutableAddress(_ index: Int) -> UnsafeMutablePointer<Value?> {
        unsafe contents.mutableAddress(index)
    }

    /// The index of a key, which is added with `fallback` where it is not there.
    mutating func index(of key: Key, default fallback: @autoclosure () -> Value?) -> Int {
        if let index = index(of: key) { return index }
        if (entries.count + 1) * 3 > places.count * 2 { spread(over: max(8, places.count * 2)) }
        let hash = key.mixed(with: secret)
        entries.append(Entry(key: key, hash: hash))
        contents.append(fallback())
        link(entries.count - 1, hash)
        return entries.count - 1
    }

    /// Takes one out; the last gets its index.
    @discardableResult
    mutating func remove(at index: Int) -> Value? {
        close(placeOf(index))
        let last = entries.count - 1
        if index != last {
            places[placeOf(last)] = Self.word(index, entries[last].hash)
            entries.swapAt(index, last)
            contents.swapAt(index, last)
        }
        entries.removeLast()
        return contents.removeLast()
    }

    // MARK: By key

    subscript(key: Key) -> Value? {
        get { index(of: key).flatMap { contents[$0] } }
        _modify {
            let index = index(of: key, default: nil)
            yield &contents[index]
            if contents[index] == nil { remove(at: index) }
        }
    }

    @discardableResult
    mutating func removeValue(forKey key: borrowing Key) -> Value? {
        guard let index = index(of: key) else { return nil }
        return remove(at: index)
    }

    /// Gives back memory after much was taken out.
    mutating func shrink() {
        guard capacity > Self.smallMax, count * 32 < capacity else { return }
        entries = entries.map { $0 }
        contents.trim()
        var size = 8
        while size * 2 < (count + 1) * 3 { size *= 2 }
        spread(over: size)
    }

    private static var smallMax: Int { 4096 }

    // MARK: Places

    private static func word(_ index: Int, _ hash: UInt64) -> UInt64 {
        hash & 0xFFFF_FFFF_0000_0000 | UInt64(index + 1)
    }

    private mutating func link(_ index: Int, _ hash: UInt64) {
        let mask = places.count - 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while places[place] != 0 { place = (place + 1) & mask }
        places[place] = Self.word(index, hash)
    }

    private func placeOf(_ index: Int) -> Int {
        let mask = places.count - 1
        var place = Int(truncatingIfNeeded: entries[index].hash) & mask
        while places[place] & 0xFFFF_FFFF != UInt64(index + 1) { place = (place + 1) & mask }
        return place
    }

    /// Empties a place; those behind it that were pushed out of theirs move up.
    private mutating func close(_ place: Int) {
        let mask = places.count - 1
        var hole = place
        var next = (place + 1) & mask
        while places[next] != 0 {
            let index = Int(places[next] & 0xFFFF_FFFF) - 1
            let home = Int(truncatingIfNeeded: entries[index].hash) & mask
            if (next - home) & mask >= (next - hole) & mask {
                places[hole] = places[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        places[hole] = 0
    }

    private mutating func spread(over size: Int) {
        places = Array(repeating: 0, count: size)
        for index in entries.indices { link(index, entries[index].hash) }
    }
}

/// What the hashes of tables depend on, other in each process.
enum KeySecret {
    /// From the random numbers that this process hashes with.
    static func make() -> UInt64 {
        var hasher = Hasher()
        hasher.combine(0x686F_6C64 as UInt64)
        return UInt64(bitPattern: Int64(hasher.finalize())) | 1
    }

    /// Spreads what `word` tells over all bits of the result.
    @inline(__always)
    static func fold(_ word: UInt64, _ state: UInt64) -> UInt64 {
        let product = (word ^ state).multipliedFullWidth(by: 0x9FB2_1C65_1E98_DF25)
        return product.high ^ product.low ^ state
    }
}

extension RequestID: TableKey {
    func mixed(with secret: UInt64) -> UInt64 {
        KeySecret.fold(low, KeySecret.fold(high, secret))
    }
}

extension UInt64: TableKey {
    func mixed(with secret: UInt64) -> UInt64 { KeySecret.fold(self, secret) }
}
