/// A key's value, and when it ends.
struct RedisEntry: Sendable {
    var object: RedisObject
    /// Milliseconds of the node's wall clock; the key is gone when they are in the past.
    var expiry: Int64?
}
