/// Some names.
struct NameSet: Sendable {
    private var storage: Set<NameKey> = []

    init() {}

    init(_ names: some Sequence<String>) {
        storage = Set(names.map { NameKey($0) })
    }

    var count: Int { storage.count }
    var isEmpty: Bool { storage.isEmpty }

    /// In the order of their bytes.
    func sorted() -> [String] { storage.sorted().map(\.text) }

    /// Those that fulfil `condition`, in their order.
    func sorted(where condition: (NameKey) -> Bool) -> [NameKey] {
        storage.filter(condition).sorted()
    }

    func contains(_ name: String) -> Bool { storage.contains(NameKey(name)) }

    /// Whether it was not there.
    @discardableResult
    mutating func insert(_ name: String) -> Bool { storage.insert(NameKey(name)).inserted }

    mutating func remove(_ name: String) { storage.remove(NameKey(name)) }

    mutating func formUnion(_ names: some Sequence<String>) {
        for name in names { storage.insert(NameKey(name)) }
    }

    mutating func subtract(_ names: some Sequence<String>) {
        for name in names { storage.remove(NameKey(name)) }
    }
}
