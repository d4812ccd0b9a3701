package import HoldfastWire

/// The nodes of a server, and what was done about them.
package enum NodesAnswer {
    /// - Parameter comparison: of how many locks each node says something else, where that was asked.
    package static func make(
        _ response: ListNodesResponse, _ comparison: NodeComparison?
    ) -> Answer {
        let json = JSONValue.object([
            "nodes": .list(response.nodes.map { Self.json($0, comparison) }),
            "quorum": .number(response.quorum),
            "has_quorum": .bool(response.hasQuorum), "epoch": .number(response.epoch),
        ])
        return Answer(json: json) { surface in
            let voting = response.nodes.count { $0.state == .voting }
            var text = table(response.nodes, comparison)
                .text(columns: surface.columns, paint: surface.paint)
            if !response.hasQuorum {
                let lack = "\(voting) vote, \(response.quorum) are needed: no locks are given."
                text += surface.paint.apply(.bad, lack) + "\n"
                if response.nodes.allSatisfy({ $0.state == .empty }) {
                    text +=
                        "All are empty: \"holdfastctl cluster init\" makes a cluster of them, once.\n"
                }
            }
            if let comparison {
                let compared = HumanText.plural(comparison.locks, "lock")
                text +=
                    comparison.isDiffering
                    ? surface.paint.apply(.warning, "\(compared) compared; nodes differ") + "\n"
                    : "\(compared) compared; all nodes that answer agree\n"
            }
            return text
        }
    }

    package static func exitStatus(_ response: ListNodesResponse) -> ExitStatus {
        response.hasQuorum ? .ok : .unavailable
    }

    package static func make(_ response: FormClusterResponse) -> Answer {
        let json = JSONValue.object([
            "voters": .number(response.voters), "epoch": .number(response.epoch),
        ])
        return Answer(json: json) { _ in
            "the cluster is formed; \(HumanText.plural(Int(response.voters), "node")) in it\n"
        }
    }

    package static func make(_ response: AdvanceClockResponse) -> Answer {
        Answer(json: .object(["now_ms": .number(response.nowMs)])) { _ in
            "\(HumanText.duration(milliseconds: response.nowMs)) since the start\n"
        }
    }

    private static func table(
        _ nodes: [NodeInfo], _ comparison: NodeComparison?
    ) -> TextTable {
        var table = TextTable([
            .init("NODE", isNumber: true), .init("ADDRESS", fit: .cutEnd(12)), .init("ROLE"),
            .init("CLASS"), .init("LAG", isNumber: true), .init("DIFFERS", isNumber: true),
            .init("EPOCH", isNumber: true, leaveOut: 3), .init("MARKER", leaveOut: 4),
            .init("OPEN", isNumber: true, leaveOut: 1),
            .init("COMMANDS", isNumber: true, leaveOut: 2), .init("REASON", fit: .wrap(12)),
        ])
        for each in nodes {
            table.add([
                .init(String(each.node)), .init(HumanText.foreign(each.address)),
                role(each),
                .init(each.durable ? "durable" : "volatile"),
                .init(
                    each.state == .down ? "-" : HumanText.duration(milliseconds: each.silentMs)),
                differs(each, comparison),
                .init(String(each.epoch)), .init(String(each.marker, radix: 16)),
                .init(String(each.commandsOpen)),
                .init(HumanText.count(each.commandsTotal)),
                .init(reason(each)),
            ])
        }
        return table
    }

    private static func role(_ node: NodeInfo) -> TextTable.Cell {
        guard node.state == .voting else { return .init(name(node.state), .bad) }
        return node.learning ? .init("learning", .warning) : .init("voting", .good)
    }

    private static func reason(_ node: NodeInfo) -> String {
        if node.learning {
            let told = node.keysTold == 0 ? "" : ", \(HumanText.count(node.keysTold)) so far"
            return "is being told which keys there are\(told)"
        }
        return node.reason.isEmpty ? "-" : HumanText.foreign(node.reason)
    }

    private static func differs(
        _ node: NodeInfo, _ comparison: NodeComparison?
    ) -> TextTable.Cell {
        guard let comparison else { return "-" }
        let count = comparison.differing[node.node] ?? 0
        return .init(String(count), count == 0 ? .plain : .warning)
    }

    static func name(_ state: NodeState) -> String {
        switch state {
        case .down: "down"
        case .inspecting: "inspecting"
        case .voting: "voting"
        case .empty: "empty"
        case .forming: "forming"
        case .forgetful: "forgetful"
        case .recovering: "recovering"
        case .unfit: "unfit"
        default: "unknown"
        }
    }

    private static func json(_ node: NodeInfo, _ comparison: NodeComparison?) -> JSONValue {
        .object([
            "node": .number(node.node), "address": .text(node.address),
            "state": .text(name(node.state)), "reason": .text(node.reason),
            "epoch": .number(node.epoch), "marker": .number(node.marker),
            "durable": .bool(node.durable), "learning": .bool(node.learning),
            "keys_told": .number(node.keysTold), "commands_open": .number(node.commandsOpen),
            "commands_total": .number(node.commandsTotal), "silent_ms": .number(node.silentMs),
            "differing_locks": comparison.map {
                .number(UInt64($0.differing[node.node] ?? 0))
            } ?? .null,
        ])
    }
}
