package import HoldfastWire

/// Of how many locks each node says something else than a quorum. Pure.
package struct NodeComparison: Hashable, Sendable {
    /// Locks that were compared.
    package private(set) var locks = 0
    /// By the number of the node.
    package private(set) var differing: [UInt32: Int] = [:]

    package init() {}

    package var isDiffering: Bool { !differing.isEmpty }

    /// Counts the nodes that have other grants than the lock has by what a quorum says. A node that did
    /// not answer has said nothing.
    package mutating func add(_ response: GetLockResponse) {
        locks += 1
        let agreed = Set((response.lock ?? LockInfo()).holders.map(\.grant))
        for node in response.perNode where Set(node.grants) != agreed {
            differing[node.node, default: 0] += 1
        }
    }
}
