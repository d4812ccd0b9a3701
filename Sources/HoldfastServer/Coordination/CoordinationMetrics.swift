internal import HoldfastCoordination

/// Writes what the driver of the brain has counted as Prometheus reads it.
struct CoordinationMetrics {
    let facts: CoordinationFacts

    func write(into text: inout MetricText) {
        requests(&text)
        grants(&text)
        keys(&text)
        levels(&text)
        nodes(&text)
    }

    private func requests(_ text: inout MetricText) {
        let name = "holdfast_coordination_requests_total"
        text.begin(
            MetricFamily(
                name: name,
                help:
                    "Requests for locks, elections, sessions and keys that ended, by kind and end.",
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

    private func keys(_ text: inout MetricText) {
        let keys = facts.keys
        let families: [(name: String, help: String, label: String, [(String, UInt64)])] = [
            (
                "holdfast_key_rounds_total",
                "Rounds of changes of keys: in one round trip, in two, lost to another server, without a quorum.",
                "kind",
                [
                    ("warm", keys.roundsWarm), ("cold", keys.roundsCold),
                    ("lost", keys.roundsLost), ("silent", keys.roundsSilent),
                ]
            ),
            (
                "holdfast_key_reads_total",
                "Readings of keys: in one round trip, in two, by a change because one was under way.",
                "kind",
                [
                    ("one", keys.readsInOne), ("two", keys.readsInTwo),
                    ("change", keys.readsByChange),
                ]
            ),
            (
                "holdfast_key_refusals_total",
                "Changes of keys that were not made: condition, guard; or nobody can say.", "why",
                [("mismatch", keys.mismatches), ("stale", keys.stale), ("unknown", keys.unknown)]
            ),
            (
                "holdfast_key_tidied_total",
                "Values whose time was over, and keys that were taken from the nodes.", "kind",
                [("expired", keys.expired), ("collected", keys.collected)]
            ),
        ]
        for (name, help, label, counts) in families {
            text.begin(MetricFamily(name: name, help: help, kind: .counter))
            for (value, count) in counts {
                text.sample(name, [(name: label, value: value)], String(count))
            }
        }
        let counters = [
            (
                "holdfast_key_changes_folded_total", "Changes that another's round took along.",
                keys.folded
            ),
            ("holdfast_key_lessons_total", "Nodes that were told all keys.", keys.lessons),
        ]
        for (name, help, count) in counters {
            text.begin(MetricFamily(name: name, help: help, kind: .counter))
            text.sample(name, [], String(count))
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
            (
                "holdfast_key_states", "Keys asked for, or kept for a promised ballot.",
                facts.keysKept
            ),
            ("holdfast_key_tidying", "Keys that are being tidied.", facts.keysTidied),
            ("holdfast_coordination_watchers", "Watchers of locks and keys.", facts.watchers),
            (
                "holdfast_nodes_learning", "Nodes that are being told all keys.",
                facts.nodes.count { $0.isLearning }
            ),
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
