package import HoldfastNode

/// A node as a world sees it, whatever it is made of: things happen to it. How it is asked is its
/// own: `MemorySimulatedNode` executes commands, `RedisSimulatedNode` reads and writes bytes.
package protocol SimulatedNode: AnyObject {
    /// What is wrong with it at the moment.
    var condition: NodeCondition { get set }

    /// What names this life of it at its gate.
    func marker(life: UInt64) -> UInt64
    /// The hints since they were taken last.
    func takeWakes() -> [Wake]
    /// A connection to it is gone: no more hints by it.
    func disconnected(_ connection: Int)
    /// Begins, or ends, to be one that may evict what it holds; as it begins, it loses everything
    /// but its gate.
    func setEvicting(_ isEvicting: Bool)
    /// The process starts again, with this much of its data.
    func restart(_ memory: NodeMemory, life: UInt64)
    /// Remembers the data of now, to go back to at a restart.
    func keepSnapshot()
    /// Forgets all data while it runs.
    func wipe()
    /// Forgets all scripts while it runs.
    func flushScripts()
    /// The gate, for the world only: which life of the node it names.
    func gate(microseconds: UInt64) -> Gate?
    /// Whether it waits to be told what other nodes have, for the world only.
    var isLearning: Bool { get }
    /// What it has of registers, for the world only.
    func registers(among names: [String]) -> RegisterResidue
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
