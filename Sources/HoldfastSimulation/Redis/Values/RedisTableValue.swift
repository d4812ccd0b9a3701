/// What tells a hash from a set: the values of its table.
protocol RedisTableValue: Sendable {
    static func table(in object: RedisObject) -> OrderedTable<Self>?
    static func object(_ table: OrderedTable<Self>) -> RedisObject
}

extension RedisBytes: RedisTableValue {
    static func table(in object: RedisObject) -> RedisHash? {
        guard case .hash(let table) = object else { return nil }
        return table
    }

    static func object(_ table: RedisHash) -> RedisObject { .hash(table) }
}

extension SetMember: RedisTableValue {
    static func table(in object: RedisObject) -> RedisSet? {
        guard case .set(let table) = object else { return nil }
        return table
    }

    static func object(_ table: RedisSet) -> RedisObject { .set(table) }
}
