import HoldfastBase

/// Fences of a lock rise from grant to grant, whatever clocks, pauses and forgetful nodes do.
///
/// - Two exclusive grants never have the same fence.
/// - When A had returned before B was called, and one of them is exclusive, B has the larger fence.
///   Among shared grants there is no order: they report the highest fence of their quorum, and a
///   resource refuses a shared holder only for an exclusive fence that is larger than its own.
/// - A renewal tells the fence that the acquire told.
///
/// Calls at the same time may be ordered either way, and are not compared.
package enum FenceCheck {
    package static func run(_ index: HistoryIndex) -> CheckReport {
        var report = CheckReport(.fenceOrder)
        for lives in index.livesOfLock {
            report.examined += lives.count
            checkDistinct(lives, index, &report)
            checkOrder(lives, index, &report)
        }
        for stray in index.strays {
            let life = index.lives[stray.life]
            report.add {
                HistoryViolation(
                    .fenceOrder, index.locks[life.lock],
                    "a renewal of g\(life.grant) told of a fence or mode that no acquire told of",
                    evidence: [index.records[life.acquire], index.records[stray.renewal]])
            }
        }
        return report
    }

    private static func checkDistinct(
        _ lives: [Int], _ index: HistoryIndex, _ report: inout CheckReport
    ) {
        var fences = lives.filter { index.lives[$0].mode == .exclusive }
            .map { (index.lives[$0].fence, $0) }
        fences.sort { $0 < $1 }
        for (one, two) in zip(fences, fences.dropFirst()) where one.0 == two.0 {
            let (first, second) = (index.lives[one.1], index.lives[two.1])
            guard first.grant != second.grant else { continue }
            report.add {
                violation(first, second, "both have the fence \(first.fence)", index)
            }
        }
    }

    /// Grants that had returned are taken in before each call, in the order of return; only the
    /// largest fence so far matters.
    private static func checkOrder(
        _ lives: [Int], _ index: HistoryIndex, _ report: inout CheckReport
    ) {
        var calls = lives.map { (index.lives[$0].called, $0) }
        calls.sort { $0 < $1 }
        var returned = lives[...]
        var highest: Int?
        var highestExclusive: Int?
        for (called, life) in calls {
            while let first = returned.first, index.lives[first].start < called {
                returned.removeFirst()
                raise(&highest, to: first, index)
                if index.lives[first].mode == .exclusive {
                    raise(&highestExclusive, to: first, index)
                }
            }
            let isExclusive = index.lives[life].mode == .exclusive
            guard let before = isExclusive ? highest : highestExclusive else { continue }
            let (earlier, later) = (index.lives[before], index.lives[life])
            guard earlier.grant != later.grant, earlier.fence >= later.fence else { continue }
            report.add {
                violation(
                    earlier, later,
                    "the earlier has the fence \(earlier.fence), the later \(later.fence)", index)
            }
        }
    }

    private static func raise(_ highest: inout Int?, to life: Int, _ index: HistoryIndex) {
        guard let known = highest, index.lives[known].fence >= index.lives[life].fence else {
            highest = life
            return
        }
    }

    private static func violation(
        _ first: GrantLife, _ second: GrantLife, _ what: String, _ index: HistoryIndex
    ) -> HistoryViolation {
        HistoryViolation(
            .fenceOrder, index.locks[first.lock], "g\(first.grant) and g\(second.grant): \(what)",
            evidence: [index.records[first.acquire], index.records[second.acquire]])
    }
}
