typealias RedisHash = OrderedTable<RedisBytes>
typealias RedisSet = OrderedTable<SetMember>

/// The value of a key.
enum RedisObject: Sendable {
    case string([UInt8])
    case hash(RedisHash)
    case set(RedisSet)
    case sortedSet(SortedSet)
    case list(RedisList)

    /// What `TYPE` answers.
    var typeName: String {
        switch self {
        case .string: "string"
        case .hash: "hash"
        case .set: "set"
        case .sortedSet: "zset"
        case .list: "list"
        }
    }
}
