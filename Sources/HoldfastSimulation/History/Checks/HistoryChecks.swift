package import HoldfastBase

/// Everything that one history can be held against.
package struct HistoryChecks {
    /// How long after an acknowledged release a node may still speak of the grant.
    package var releaseSlack: Interval = .zero
    /// When the last fault had healed; nil for a run without a probe.
    package var healed: Instant?
    /// How soon after that every lock must be granted.
    package var livenessBound: Interval = .seconds(60)

    package init(
        releaseSlack: Interval = .zero, healed: Instant? = nil,
        livenessBound: Interval = .seconds(60)
    ) {
        self.releaseSlack = releaseSlack
        self.healed = healed
        self.livenessBound = livenessBound
    }

    /// One report for each invariant that can be judged from a history.
    package func run(_ history: History) -> [CheckReport] {
        let index = HistoryIndex(history)
        var reports = [
            ExclusionCheck.run(index), FenceCheck.run(index),
            ReleaseCheck.run(index, slack: releaseSlack), ResourceCheck.run(history.resourceLog),
        ]
        if let healed {
            reports.append(LivenessCheck.run(index, healed: healed, bound: livenessBound))
        }
        return reports
    }
}
