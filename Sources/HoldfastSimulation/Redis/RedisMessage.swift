package import HoldfastRedis

/// What a node sends to a connection that did not just ask.
package struct RedisMessage: Hashable, Sendable {
    /// The number that the caller gave to the connection.
    package let connection: Int
    /// `[message, channel, payload]`, or one of several confirmations of a subscription.
    package let value: RedisValue
}
