package import HoldfastBase

/// What the operator decided about the nodes.
package struct ClusterConfiguration: Hashable, Sendable {
    /// Hash of the cluster's name.
    package var cluster: UInt64
    /// How many nodes vote: 1, 3, 5 or 7.
    package var nodes: Int
    /// Whether nodes that all answer and are all empty may become a new cluster by themselves.
    package var mayForm = false
    /// How long one node may take to answer before the others decide without it.
    package var nodeBudget = Interval.milliseconds(500)
    /// The longest that a node which may have forgotten stays out.
    package var absenceMax = Interval.seconds(86_400)
    /// Up to how long a server waits before it admits a node whose time has come: several must not
    /// begin at once.
    package var admissionSpread = Interval.seconds(4)
    package var heartbeatInterval = Interval.seconds(1)
    /// How long this server's waiters outlive it in the queues of the nodes.
    package var serverLease = Interval.seconds(10)

    package init(cluster: UInt64, nodes: Int) {
        self.cluster = cluster
        self.nodes = nodes
    }

    package var all: NodeSet { NodeSet(0..<nodes) }
    package var quorum: Int {
        #if HOLDFAST_PLANTS
            if Plant.minority.isActive { return max(1, nodes / 2) }
        #endif
        return nodes / 2 + 1
    }
}
