package import HoldfastBase

/// When all is well again, every lock can be had.
///
/// The run ends with a probe: after the last fault has healed, somebody tries every lock, again and
/// again. Each must be granted, to anybody, within `bound` of the healing: the longest ttl, drift, and
/// two time limits of a call. A lock that nobody tried is reported too: then nothing was shown.
package enum LivenessCheck {
    /// Looks at the locks given, or at all in the history.
    package static func run(
        _ index: HistoryIndex, healed: Instant, bound: Interval, locks: [String]? = nil
    ) -> CheckReport {
        var report = CheckReport(.liveness)
        var tries: [String: [Int]] = [:]
        for place in index.order where index.records[place].kind == .acquire {
            let record = index.records[place]
            if record.called >= healed { tries[record.lock, default: []].append(place) }
        }
        for lock in locks ?? index.locks {
            report.examined += 1
            let probes = tries[lock, default: []]
            let limit = healed + bound
            let isGranted = probes.contains { place in
                let record = index.records[place]
                return record.outcome.grant != nil && record.returned <= limit
            }
            if isGranted { continue }
            report.add {
                HistoryViolation(
                    .liveness, lock,
                    probes.isEmpty
                        ? "nobody tried it after all was healed"
                        : "not granted within \(bound.millisecondsRoundedUp) ms after all was "
                            + "healed, in \(probes.count) tries",
                    evidence: blamed(probes, limit, index))
            }
        }
        return report
    }

    /// The last tries in time, the first grant after it, and how the grant in the way was taken.
    private static func blamed(
        _ probes: [Int], _ limit: Instant, _ index: HistoryIndex
    ) -> [HistoryRecord] {
        var places = Array(probes.prefix { index.records[$0].called <= limit }.suffix(3))
        let late = probes.first { index.records[$0].outcome.grant != nil }
        if let late, !places.contains(late) { places.append(late) }
        let holders = places.compactMap { place -> Int? in
            guard case .notHeld(.some(let holder)) = index.records[place].outcome else {
                return nil
            }
            let key = HistoryIndex.GrantKey(lock: index.lockOfRecord[place], grant: holder)
            return index.latestLife[key].map { index.lives[$0].acquire }
        }
        if let holder = holders.last, !places.contains(holder) { places.insert(holder, at: 0) }
        return places.map { index.records[$0] }
    }
}
