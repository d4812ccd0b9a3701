package import HoldfastBase
package import HoldfastNode

/// Lets a change of a key be made only for the holder of a lock.
///
/// The record remembers, for each lock, the largest fence by which it was guarded: whoever comes with a
/// smaller one is refused, and that is what keeps an earlier holder away. A fence that the record does not
/// know must be shown to be that of the holder: a quorum of nodes said so, not long ago.
package struct KeyGuard: Hashable, Sendable {
    /// What nodes said of the lock.
    package enum Proof: Hashable, Sendable {
        case none
        /// It is held under the fence; as good as an acquire that was answered at that time.
        case held(until: Instant)
        /// It is not; under which it is held, 0 for none.
        case refuted(Fence)
        /// Too few answered to tell.
        case undecided
    }

    /// As the nodes have it.
    package var lock: String
    package var fence: Fence
    package var proof = Proof.none

    package init(lock: String, fence: Fence) {
        self.lock = lock
        self.fence = fence
    }

    /// How long a proof counts: longer than a change takes, shorter than a record is kept.
    static let proofLife = Interval.seconds(10)

    /// Whether the record lets it pass; `nil` where it does.
    func refusal(by record: KeyRecord?, at now: Instant) -> KeyOutcome? {
        let known = record?.guards.first { $0.lock == lock }?.fence ?? 0
        if known > fence { return .stale(holder: known) }
        if known == fence { return nil }
        switch proof {
        case .held(let until) where now < until: break
        case .refuted(let holder): return .stale(holder: holder)
        case .none, .undecided, .held: return .unproved
        }
        let isNew = known == 0
        return isNew && record?.guards.count ?? 0 >= KeyRecord.guardsMax ? .tooManyGuards : nil
    }
}
