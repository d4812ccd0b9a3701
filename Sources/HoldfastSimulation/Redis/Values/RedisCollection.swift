/// A value that exists only as long as something is in it.
protocol RedisCollection {
    init()
    /// The collection in the object, if it is one of this kind.
    init?(_ object: RedisObject)
    var isEmpty: Bool { get }
    var object: RedisObject { get }
}

extension OrderedTable: RedisCollection where Value: RedisTableValue {
    init?(_ object: RedisObject) {
        guard let table = Value.table(in: object) else { return nil }
        self = table
    }

    var object: RedisObject { Value.object(self) }
}
