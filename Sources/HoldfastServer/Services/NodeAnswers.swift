internal import HoldfastBase
internal import HoldfastCoordination
internal import HoldfastRPC
internal import HoldfastWire

/// What operators are told of the nodes. Pure.
enum NodeAnswers {
    static func list(_ facts: CoordinationFacts) -> ListNodesResponse {
        ListNodesResponse(
            nodes: facts.nodes.enumerated().map { index, node in
                NodeInfo(
                    node: UInt32(index), address: node.address, state: state(node.state),
                    reason: node.reason, epoch: node.epoch, marker: node.marker,
                    durable: node.isDurable, learning: node.isLearning, keysTold: node.keysTold,
                    commandsOpen: UInt32(clamping: node.commandsOpen),
                    commandsTotal: node.commandsTotal,
                    silentMs: UInt64(clamping: node.silence.millisecondsRoundedUp))
            }, quorum: UInt32(facts.quorum), hasQuorum: facts.hasQuorum, epoch: facts.epoch)
    }

    /// Why the nodes cannot become a new cluster.
    static func cannotForm(_ facts: CoordinationFacts) -> RPCError? {
        let others = facts.nodes.enumerated().filter { $0.element.state != .empty }
        guard !others.isEmpty else { return nil }
        if facts.voters > 0 {
            return RPCError(
                .failedPrecondition,
                "the cluster is formed already: \(facts.voters) of its \(facts.nodes.count) nodes "
                    + "vote; an empty node is admitted to it by itself",
                reason: "ALREADY_FORMED")
        }
        var metadata: [String: String] = [:]
        for (index, node) in others {
            metadata["node_\(index)"] = node.reason.isEmpty ? "is a member already" : node.reason
        }
        let blamed = metadata.sorted { $0.key < $1.key }
            .map { "node \($0.key.dropFirst(5)) \($0.value)" }.joined(separator: "; ")
        return RPCError(
            .failedPrecondition,
            "\(others.count) of \(facts.nodes.count) nodes are not empty, or do not answer: "
                + "a new cluster needs them all (\(blamed))",
            reason: "NODES_NOT_EMPTY", metadata: metadata)
    }

    private static func state(_ state: Member.State) -> NodeState {
        switch state {
        case .down: .down
        case .inspecting: .inspecting
        case .voting: .voting
        case .empty: .empty
        case .forming: .forming
        case .forgetful, .stepped: .forgetful
        case .recovering, .admitting: .recovering
        case .unfit: .unfit
        }
    }
}
