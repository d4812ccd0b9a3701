/// Values by name.
struct NameTable<Value: Sendable>: Sendable {
    private var storage = KeyTable<NameKey, Value>()

    var count: Int { storage.count }
    var isEmpty: Bool { storage.isEmpty }
    var capacity: Int { storage.capacity }
    var values: some Sequence<Value> { storage.values }
    /// In the order of their bytes.
    var names: [String] { storage.keys.sorted().map(\.text) }

    // MARK: By index, which holds until something is removed

    @inline(__always)
    func index(of name: String) -> Int? { storage.index(of: NameKey(name)) }

    @inline(__always)
    mutating func index(of name: String, default fallback: @autoclosure () -> Value) -> Int {
        storage.index(of: NameKey(name), default: fallback())
    }

    func name(at index: Int) -> String { storage.key(at: index).text }

    @inline(__always)
    subscript(index: Int) -> Value? {
        @_transparent
        unsafeAddress { unsafe storage.address(index) }
        @_transparent
        unsafeMutableAddress { unsafe storage.mutableAddress(index) }
    }

    /// The last gets its index.
    mutating func remove(at index: Int) { storage.remove(at: index) }

    // MARK: By name

    @inline(__always)
    subscript(name: String) -> Value? {
        get { storage[NameKey(name)] }
        _modify { yield &storage[NameKey(name)] }
    }

    /// Gives back memory after much was taken out.
    mutating func shrink() { storage.shrink() }

    /// The names of those values that fulfil `condition`, in the order of their bytes.
    func names(where condition: (String, Value) -> Bool) -> [String] {
        storage.pairs.filter { condition($0.key.text, $0.value) }.map(\.key).sorted().map(\.text)
    }
}
