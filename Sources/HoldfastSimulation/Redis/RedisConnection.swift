/// What a node remembers of one connection.
struct RedisConnection {
    var name: [UInt8] = []
    var isAuthenticated = false
    /// In the order of subscription.
    var channels: [RedisBytes] = []
}
