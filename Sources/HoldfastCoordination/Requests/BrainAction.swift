package import HoldfastNode

/// Names a call to the shell that brought it.
package typealias CallID = UInt64

/// Names a connection to the shell.
package typealias ConnectionID = UInt64

/// What the brain wants done, in this order.
package enum BrainAction: Sendable {
    /// Ask a node; the answer is brought back with the tag.
    case send(node: NodeIndex, tag: UInt64, gate: GateIdentity, NodeCommand)
    case respond(CallID, Outcome)
    /// One more for a caller with an open stream.
    indirect case emit(CallID, StreamEvent)
    /// Say when all that was emitted for the caller has left.
    case tellWhenSent(CallID)
    /// Read the facts of a node anew.
    case inspect(NodeIndex)
    /// For operators.
    indirect case report(NodeIndex, NodeChange)
}

/// What became of a node's place in the cluster.
package enum NodeChange: Hashable, Sendable {
    case formed
    case voting
    /// Its wall clock was set; it still votes where too few others do.
    case clockStepped(milliseconds: Int64)
    case notVoting(String)
    case readmitted(epoch: UInt64)
}
