/// Names that wait for their turn, each once, the first first.
struct NameQueue: Sendable {
    private var queue: [NameKey] = []
    private var first = 0
    private var members: Set<NameKey> = []

    init() {}

    var count: Int { members.count }
    var isEmpty: Bool { members.isEmpty }

    func contains(_ name: String) -> Bool { members.contains(NameKey(name)) }

    /// Adds one behind all, unless it waits already.
    mutating func append(_ name: String) {
        let key = NameKey(name)
        if members.insert(key).inserted { queue.append(key) }
    }

    /// Takes the first.
    mutating func popFirst() -> String? {
        while first < queue.count {
            let key = queue[first]
            first += 1
            if first * 2 > queue.count {
                queue.removeFirst(first)
                first = 0
            }
            if members.remove(key) != nil { return key.text }
        }
        return nil
    }

    /// It need not be looked at any more. A name that is added again has its old place, if that is still
    /// to come.
    mutating func remove(_ name: String) { members.remove(NameKey(name)) }
}
