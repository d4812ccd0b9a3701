import HoldfastCoordination
package import HoldfastNode

/// A node as a world sees it: it executes commands, and things happen to it.
package protocol SimulatedNode: AnyObject {
    /// What is wrong with it at the moment.
    var condition: NodeCondition { get set }

    /// Does what is asked at the node's wall clock.
    func execute(
        _ command: NodeCommand, gate: GateIdentity, connection: Int, microseconds: UInt64
    ) -> NodeReply
    /// The hints since they were taken last.
    func takeWakes() -> [Wake]
    /// A connection to it is gone.
    func disconnected(_ connection: Int)
    /// The process starts again, with this much of its data.
    func restart(_ memory: NodeMemory, life: UInt64)
    /// Remembers the data of now, to go back to at a restart.
    func keepSnapshot()
    /// Forgets all data while it runs.
    func wipe()
    /// Loses everything but its gate while it runs, as a node that evicts may.
    func evict()
    /// Forgets all scripts while it runs.
    func flushScripts()
    /// The gate, for the world only: which life of the node it names.
    func gate(microseconds: UInt64) -> Gate?
    /// What is left in it.
    func residue(node: Int, microseconds: UInt64) -> [ResidualFact]
}

/// How much of its data a node has when it starts again.
package enum NodeMemory: UInt64, Hashable, Sendable {
    case kept
    case rolledBack
    case lost
}

/// What is wrong with a node that runs.
package struct NodeCondition: Hashable, Sendable {
    package var isOutOfMemory = false
    package var isReadOnly = false
    package var isBusy = false

    package init() {}
}
