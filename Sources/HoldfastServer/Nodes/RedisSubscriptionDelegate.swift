package import HoldfastRedis

/// Who is told what a subscription brings. Called on its loop, at most once for all that one tick
/// has brought.
package protocol RedisSubscriptionDelegate: AnyObject {
    func redisSubscription(_ subscription: RedisSubscription, events: [SubscriberEvent])
}
