import HoldfastBase

/// Fences are near the time, so that a node or server that starts from nothing but a clock is never
/// far behind.
extension World {
    /// How far a fence may be ahead: what nodes accept, what clocks differ by, and the second that is
    /// reserved with each admission of a node.
    private var aheadMax: Interval {
        .milliseconds(2500 + Int64(coverage.count(.readmissions)) * 1100)
    }

    func fencesAhead() -> [HistoryViolation] {
        // Where a node's own clock is ahead, fences follow it.
        guard !scenario.traits.contains(.nodeClock) else { return [] }
        for record in history.records {
            guard let grant = record.outcome.grant, record.kind == .acquire else { continue }
            let right = HostClock.epochMicroseconds + record.returned.nanoseconds / 1000
            guard Int64(clamping: grant.fence) > right + aheadMax.microseconds else { continue }
            return [
                HistoryViolation(
                    .fenceOrder, record.lock, "a fence of the future was granted",
                    evidence: [record])
            ]
        }
        return []
    }
}
