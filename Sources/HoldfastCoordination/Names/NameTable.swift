/// Values by name.
struct NameTable<Value: Sendable>: Sendable {
    private var storage: [NameKey: Value] = [:]

    var count: Int { storage.count }
    var isEmpty: Bool { storage.isEmpty }
    var capacity: Int { storage.capacity }
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

    /// Gives back memory after much was taken out: the language's dictionary never does.
    mutating func shrink() {
        guard storage.capacity > Self.smallMax, storage.count * 32 < storage.capacity else {
            return
        }
        storage = Dictionary(uniqueKeysWithValues: storage.map { ($0.key, $0.value) })
    }

    private static var smallMax: Int { 4096 }

    /// The names of those values that fulfil `condition`, in the order of their bytes.
    func names(where condition: (String, Value) -> Bool) -> [String] {
        storage.filter { condition($0.key.text, $0.value) }.keys.sorted().map(\.text)
    }
}
