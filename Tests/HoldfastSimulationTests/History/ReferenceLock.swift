import HoldfastBase
import HoldfastSimulation

/// A lock that is right because it is trivial: one place, one clock, a list of holders.
struct ReferenceLock {
    private var holders: [(grant: UInt64, mode: HistoryMode, expires: Instant)] = []
    private var fence: UInt64 = 0

    /// The grant that stands in the way; nil when the lock was taken.
    mutating func acquire(
        _ grant: UInt64, _ mode: HistoryMode, at now: Instant, until expires: Instant
    ) -> UInt64? {
        holders.removeAll { $0.expires <= now }
        if let other = holders.first(where: { $0.mode.conflicts(with: mode) }) {
            return other.grant
        }
        holders.append((grant, mode, expires))
        fence += 1
        return nil
    }

    /// The fence of the grant made last.
    var latestFence: UInt64 { fence }

    func holder(at now: Instant) -> UInt64? {
        holders.first { $0.expires > now }?.grant
    }

    mutating func renew(_ grant: UInt64, at now: Instant, until expires: Instant) -> Bool {
        guard let place = holders.firstIndex(where: { $0.grant == grant && $0.expires > now })
        else { return false }
        holders[place].expires = expires
        return true
    }

    mutating func release(_ grant: UInt64, at now: Instant) -> Bool {
        let count = holders.count
        holders.removeAll { $0.expires <= now }
        holders.removeAll { $0.grant == grant }
        return holders.count < count
    }
}
