/// Values by name.
struct NameTable<Value: Sendable>: Sendable {
    private var storage: [NameKey: Value] = [:]

    var count: Int { storage.count }
    var isEmpty: Bool { storage.isEmpty }
    var values: Dictionary<NameKey, Value>.Values { storage.values }
    /// In the order of their bytes.
    var names: [String] { storage.keys.sorted().map(\.text) }

    @inline(__always)
    subscript(name: String) -> Value? {
        get { storage[NameKey(name)] }
        _modify { yield &storage[NameKey(name)] }
    }

    @inline(__always)
    subscript(name: String, default fallback: @autoclosure () -> Value) -> Value {
        get { storage[NameKey(name)] ?? fallback() }
        _modify { yield &storage[NameKey(name), default: fallback()] }
    }

    /// The names of those values that fulfil `condition`, in the order of their bytes.
    func names(where condition: (String, Value) -> Bool) -> [String] {
        storage.filter { condition($0.key.text, $0.value) }.keys.sorted().map(\.text)
    }
}
