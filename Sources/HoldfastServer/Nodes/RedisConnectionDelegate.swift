package import HoldfastRedis

/// Who is told what happens on the connection to a node. Called on the connection's loop, at most
/// once for all that one tick has brought; it may submit commands from there.
package protocol RedisConnectionDelegate: AnyObject {
    func redisConnection(_ connection: RedisConnection, events: [NodeSessionEvent])
}
