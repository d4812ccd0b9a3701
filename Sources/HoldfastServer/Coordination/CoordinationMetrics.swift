internal import HoldfastCoordination

/// Writes what the driver of the brain has counted as Prometheus reads it.
struct CoordinationMetrics {
    let facts: CoordinationFacts

    func write(into text: inout MetricText) {
        requests(&text)
        grants(&text)
        levels(&text)
        nodes(&text)
    }

    private func requests(_ text: inout MetricText) {
        let name = "holdfast_coordination_requests_total"
        text.begin(
            MetricFamily(
                name: name, help: "Requests for locks and elections that ended, by kind and end.",
                kind: .counter))
        for kind in CoordinationCounters.Kind.allCases {
            for end in CoordinationCounters.End.allCases {
                let count = facts.counters.value(kind, end)
                guard count > 0 else { continue }
                text.sample(
                    name, [(name: "kind", value: kind.label), (name: "end", value: end.label)],
                    String(count))
            }
        }
    }

    private func grants(_ text: inout MetricText) {
        let name = "holdfast_coordination_grants_total"
        text.begin(
            MetricFamily(
                name: name, help: "Grants made, by how many rounds of the nodes they took.",
                kind: .counter))
        let counts = [("1", facts.grantsMade - facts.grantsRaised), ("2", facts.grantsRaised)]
        for (rounds, count) in counts {
            text.sample(name, [(name: "rounds", value: rounds)], String(count))
        }
    }

    private func levels(_ text: inout MetricText) {
        let levels: [(String, String, Int)] = [
            ("holdfast_coordination_calls", "Calls the brain works for.", facts.callsOpen),
            ("holdfast_coordination_waiters", "Calls that wait for their turn.", facts.waiting),
            ("holdfast_coordination_queues", "Locks that are waited for.", facts.queues),
            (
                "holdfast_coordination_acquisitions",
                "Acquires that are not over, answered ones included.", facts.acquisitions
            ),
            ("holdfast_coordination_rounds", "Rounds that are not over.", facts.rounds),
            ("holdfast_coordination_timers", "Timers that are not due yet.", facts.timers),
            ("holdfast_nodes_quorum", "Nodes that must agree.", facts.quorum),
            ("holdfast_nodes_voting", "Nodes whose answers count.", facts.voters),
        ]
        for (name, help, value) in levels {
            text.begin(MetricFamily(name: name, help: help, kind: .gauge))
            text.sample(name, [], String(value))
        }
    }

    private func nodes(_ text: inout MetricText) {
        let state = "holdfast_node_voting"
        text.begin(
            MetricFamily(name: state, help: "1 where the node's answers count.", kind: .gauge))
        for (index, node) in facts.nodes.enumerated() {
            text.sample(
                state, [(name: "node", value: String(index))], node.state == .voting ? "1" : "0")
        }
        let commands = "holdfast_node_commands_total"
        text.begin(
            MetricFamily(name: commands, help: "Commands sent to the node.", kind: .counter))
        for (index, node) in facts.nodes.enumerated() {
            text.sample(
                commands, [(name: "node", value: String(index))], String(node.commandsTotal))
        }
    }
}
