package import HoldfastBase

/// When everybody is gone, nothing is left.
///
/// Handed what is found on nodes, servers and clients at the end of a run, after the longest ttl has
/// passed. What served somebody must be gone; what only remembers (tombstones, records of free locks)
/// must say when it goes, and that must be within `memoryMax`; what is not known is a leak.
package enum LeakCheck {
    package static func run(_ facts: [ResidualFact], memoryMax: Interval) -> CheckReport {
        var report = CheckReport(.leaks)
        report.examined = facts.count
        var leaks: [Group: [String]] = [:]
        for fact in facts {
            guard let reason = reason(fact, memoryMax) else { continue }
            leaks[Group(place: fact.place, kind: fact.kind, reason: reason), default: []]
                .append(fact.name)
        }
        for (group, names) in leaks.sorted(by: { $0.key.text < $1.key.text }) {
            report.add {
                let shown = names.sorted().prefix(4).map { TextEscape.printable($0) }
                let rest = names.count > shown.count ? ", …" : ""
                return HistoryViolation(
                    .leaks, group.placeText,
                    "\(names.count) \(group.kind.rawValue): \(group.reason): "
                        + shown.joined(separator: ", ") + rest)
            }
        }
        return report
    }

    private struct Group: Hashable {
        let place: ResidualFact.Place
        let kind: ResidualFact.Kind
        let reason: String

        var placeText: String {
            switch place {
            case .node(let index): "node \(index)"
            case .server(let index): "server \(index)"
            case .client(let number): "client \(number)"
            }
        }

        var text: String { "\(placeText) \(kind.rawValue) \(reason)" }
    }

    /// Why it must not be there; nil when it may.
    private static func reason(_ fact: ResidualFact, _ memoryMax: Interval) -> String? {
        switch fact.kind {
        case .holder, .waiter, .session, .watch, .call, .timer, .connection: return "still there"
        case .gate, .changeLog: return nil
        case .other: return "not known"
        case .tombstone, .freeLock:
            guard let expiresIn = fact.expiresIn else { return "kept for ever" }
            return expiresIn > memoryMax ? "kept too long" : nil
        }
    }
}
