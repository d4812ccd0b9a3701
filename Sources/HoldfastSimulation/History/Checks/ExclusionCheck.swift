import HoldfastBase

/// Holds that conflict do not overlap, as far as their strength promises.
///
/// Only the *definite* hold of a grant counts (`GrantLife`), so that nothing is reported that a client
/// could not have noticed. Two grants that stood on a and b of N nodes at the same time share at least
/// a + b − N nodes, and each of those must have forgotten the first to agree to the second: with f
/// nodes that may have forgotten between them, the overlap is a violation when a + b > N + f. With
/// b = Q, the least that a grant can have, that is a ≥ Q + f, the sentence of docs. Otherwise the
/// overlap is counted as excused; fences must hold for it all the same.
///
/// A strength is believed from the call of the answer that told it until its own deadline: nodes that
/// a renewal did not reach let go at the deadline before. Every pair of answers of the two grants is
/// tried.
package enum ExclusionCheck {
    package static func run(_ index: HistoryIndex) -> CheckReport {
        var report = CheckReport(.exclusion)
        for lives in index.livesOfLock {
            var exclusive = ActiveHolds()
            var shared = ActiveHolds()
            for life in lives {
                report.examined += 1
                checkStrength(life, index, &report)
                let start = index.lives[life].start
                guard index.lives[life].end > start else { continue }
                var others = exclusive.standing(at: start)
                if index.lives[life].mode == .exclusive {
                    others += shared.standing(at: start)
                    exclusive.add(life, until: index.lives[life].end)
                } else {
                    shared.add(life, until: index.lives[life].end)
                }
                for other in others where index.lives[other].grant != index.lives[life].grant {
                    judge(other, life, index, &report)
                }
            }
        }
        return report
    }

    private static func checkStrength(
        _ life: Int, _ index: HistoryIndex, _ report: inout CheckReport
    ) {
        let history = index.history
        let possible = history.quorum...max(history.quorum, history.nodeCount)
        for answer in index.lives[life].reports where !possible.contains(answer.strength) {
            report.add {
                HistoryViolation(
                    .exclusion, index.locks[index.lives[life].lock],
                    "granted by \(answer.strength) of \(history.nodeCount) nodes, where "
                        + "\(history.quorum) decide",
                    evidence: [index.records[answer.record]])
            }
        }
    }

    /// `first` stands when `second` starts.
    private static func judge(
        _ first: Int, _ second: Int, _ index: HistoryIndex, _ report: inout CheckReport
    ) {
        let (one, two) = (index.lives[first], index.lives[second])
        for told in one.reports where told.deadline > two.start {
            for other in two.reports where other.returned < one.end {
                // Both stood at the same time only if neither had ended when the later was told.
                let later = max(told.returned, other.returned)
                guard later < min(told.deadline, one.end), later < min(other.deadline, two.end)
                else { continue }
                let forgetful = index.forgetfulNodes(
                    from: min(told.called, other.called), until: later)
                let both = told.strength + other.strength
                guard both > index.history.nodeCount + forgetful else { continue }
                report.add {
                    violation(one, two, told, other, forgetful, index)
                }
                return
            }
        }
        report.excused += 1
    }

    private static func violation(
        _ one: GrantLife, _ two: GrantLife, _ told: GrantReport, _ other: GrantReport,
        _ forgetful: Int, _ index: HistoryIndex
    ) -> HistoryViolation {
        var places = [one.acquire, told.record, two.acquire, other.record]
        places += [one.endedBy, two.endedBy].compactMap { $0 }
        let overlap = min(one.end, two.end) - max(one.start, two.start)
        return HistoryViolation(
            .exclusion, index.locks[one.lock],
            "g\(one.grant) (\(one.mode.rawValue), strength \(told.strength)) and g\(two.grant) "
                + "(\(two.mode.rawValue), strength \(other.strength)) were both held for "
                + "\(overlap.microseconds) µs; of \(index.history.nodeCount) nodes "
                + "\(forgetful) may have forgotten",
            evidence: Set(places).sorted().map { index.records[$0] })
    }
}
