internal import HoldfastNode

/// A lock's record: who holds it, and the largest fence granted.
struct MemoryLock {
    var counter: Fence = 0
    var grants: [MemoryGrant] = []
    /// Nobody gets it before, in the node's milliseconds.
    var delayedUntil: UInt64 = 0
    /// When it is dropped, in the node's milliseconds; 0 where a session decides.
    var expiry: UInt64 = 0
    /// When it is looked at next to that end; 0 is never.
    var scheduled: UInt64 = 0

    mutating func raise(to fence: Fence) {
        counter = max(counter, fence)
    }

    /// Two periods after it is free, or after its grants have ended by themselves.
    func keptUntil(now: UInt64) -> UInt64 {
        let kept = 2 * Gate.periodMilliseconds
        guard !grants.isEmpty else { return max(now + kept, delayedUntil) }
        var latest = now + 1
        for grant in grants {
            guard grant.session == nil, grant.deadline > 0 else { return 0 }
            latest = max(latest, grant.deadline + max(kept, grant.lockDelay))
        }
        return latest
    }

    /// Sets its end anew; the end where it is to be looked at sooner than is known, else 0.
    mutating func reschedule(now: UInt64) -> UInt64 {
        expiry = keptUntil(now: now)
        guard expiry > 0, scheduled == 0 || scheduled > expiry else { return 0 }
        scheduled = expiry
        return expiry
    }

    mutating func add(_ grant: MemoryGrant) {
        raise(to: grant.fence)
        grants.append(grant)
        delayedUntil = 0
    }

    /// Whether nobody has it or is to be kept out after somebody vanished.
    func isFree(_ now: UInt64) -> Bool { grants.isEmpty && delayedUntil <= now }

    /// Whether no grant has to be asked more about than its own end.
    func livesAlone(_ now: UInt64) -> Bool {
        for index in grants.indices where !grants[index].livesAlone(now) { return false }
        return true
    }

    mutating func delay(until: UInt64) {
        delayedUntil = max(delayedUntil, until)
    }

    /// Of the grant that `id` holds by.
    func index(of id: GrantID) -> Int? {
        grants.firstIndex { $0.isHeld(by: id) }
    }

    func index(primary: GrantID) -> Int? {
        grants.firstIndex { $0.primary == primary }
    }
}
