package import HoldfastBase

/// How evenly a lock was given to those who asked for it. A statistic; what is fair enough is for the
/// caller to say.
package struct WaiterFairness: Hashable, Sendable {
    /// For each client that asked, how often it was granted the lock.
    package let grants: [UInt32: Int]
    /// Calls that were granted although a call that was made earlier, and was granted too, was still
    /// waiting for its answer: 0 for a strict queue, up to calls that cross on their way.
    package let overtakes: Int
    /// The longest time from a call to its grant.
    package let longestWait: Interval

    /// Looks at one lock, or at all together; only at calls made within the time given, so that
    /// start and end of a run do not count.
    package init(
        _ index: HistoryIndex, lock: String? = nil, from start: Instant = .zero,
        until end: Instant = .never
    ) {
        var grants: [UInt32: Int] = [:]
        var overtakes = 0
        var longest = Interval.zero
        var latestAnswer: [Int: Instant] = [:]
        for place in index.order where index.records[place].kind == .acquire {
            let record = index.records[place]
            guard record.called >= start, record.called < end, lock == nil || lock == record.lock
            else { continue }
            grants[record.client, default: 0] += record.outcome.grant == nil ? 0 : 1
            guard record.outcome.grant != nil else { continue }
            longest = max(longest, record.returned - record.called)
            let before = latestAnswer[index.lockOfRecord[place]] ?? .zero
            if record.returned < before { overtakes += 1 }
            latestAnswer[index.lockOfRecord[place]] = max(before, record.returned)
        }
        self.grants = grants
        self.overtakes = overtakes
        longestWait = longest
    }

    /// Grants of a client on average.
    package var mean: Double {
        grants.isEmpty ? 0 : Double(grants.values.reduce(0, +)) / Double(grants.count)
    }

    /// How far the client that is farthest from the mean is from it, as a share of the mean: 0 when all
    /// were served alike, at least 1 when somebody got nothing.
    package var largestDeviation: Double {
        let mean = mean
        guard mean > 0 else { return 0 }
        return grants.values.lazy.map { abs(Double($0) - mean) / mean }.max() ?? 0
    }
}
