/// One reply of a Redis server, as the protocol has it.
package enum RedisValue: Hashable, Sendable {
    case null
    case integer(Int64)
    /// A simple string, such as `OK`.
    case status([UInt8])
    /// A bulk string: any bytes.
    case bulk([UInt8])
    /// An error; its first word is the class, such as `NOSCRIPT`.
    case error([UInt8])
    case array([RedisValue])
}
