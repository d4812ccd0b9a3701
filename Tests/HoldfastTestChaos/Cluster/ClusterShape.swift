package import HoldfastBase

/// What a cluster of a run is made of.
package struct ClusterShape: Sendable {
    package var nodes = 3
    package var servers = 2
    package var persistence = RedisProcess.Persistence.always
    /// A proxy between each server and each node.
    package var hasNodeProxies = false
    /// A proxy in front of each server.
    package var hasServerProxies = false
    /// The wall clocks of nodes can be set.
    package var hasClocks = false
    /// The nodes have a disk of this size.
    package var diskBytes: Int?
    /// How long a server waits for one node.
    package var nodeBudget = Interval.milliseconds(250)
    package var drainGrace = Interval.seconds(2)
    package var locks = ["a", "b", "c"]
    package var ttlMilliseconds: ClosedRange<UInt64> = 800...1500

    package init() {}

    package var longestTTL: Interval { .milliseconds(Int64(ttlMilliseconds.upperBound)) }
    package var quorum: Int { nodes / 2 + 1 }
}
