package import HoldfastNode

/// What a session has to tell, in the order in which it happened.
package enum NodeSessionEvent: Hashable, Sendable {
    /// A command was answered.
    case value(tag: UInt64, RedisValue)
    /// A command has no value.
    case failure(tag: UInt64, RedisFailure)
    /// Commands are accepted from now on.
    case ready(NodeFacts)
    /// The facts that were asked for.
    case facts(NodeFacts)
    /// The facts that were asked for were not told; the session goes on.
    case factsRefused(RedisFailure)
    /// The connection has ended, or could not be made. What was open has failed before this. The
    /// next attempt follows by itself unless the session was stopped.
    case closed(NodeCloseReason)
}
