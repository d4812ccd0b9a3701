internal import HoldfastNode

/// What a node keeps for a time only.
extension MemoryNode {
    /// Drops what has ended; the first step of every command.
    mutating func dropOld() {
        guard expiries.isDue(now) else { return }
        while let entry = expiries.removeFirst(endedBy: now) {
            switch entry.subject {
            case .lock(let name): dropLock(name, scheduled: entry.at)
            case .queue(let name): dropQueue(name)
            case .server(let server):
                again(servers[server], entry.subject) { $0.servers[server] = nil }
            case .tombstone(let tombstone):
                again(tombstones[tombstone], entry.subject) { $0.tombstones[tombstone] = nil }
            }
        }
        locks.shrink()
        expiries.shrink()
    }

    /// Sees to it that the records that changed are dropped when their time has come.
    mutating func scheduleTouched() {
        for lock in touched {
            guard let end = locks[lock]?.reschedule(now: now), end > 0 else { continue }
            expiries.insert(.init(at: end, subject: .lock(locks.name(at: lock))))
        }
        touched.removeAll(keepingCapacity: true)
    }

    private mutating func dropLock(_ name: String, scheduled: UInt64) {
        guard let lock = locks.index(of: name), locks[lock]?.scheduled == scheduled,
            let expiry = locks[lock]?.expiry
        else { return }
        if expiry > 0, expiry <= now {
            locks.remove(at: lock)
        } else {
            locks[lock]?.scheduled = expiry
            if expiry > 0 { expiries.insert(.init(at: expiry, subject: .lock(name))) }
        }
    }

    /// Sees to it that a queue is dropped at its end; names for which nobody waits any more are forgotten
    /// long before.
    mutating func lookAtQueue(_ name: String, _ end: UInt64) {
        let next = min(end, now + Self.queueLookMilliseconds)
        expiries.insert(.init(at: next, subject: .queue(name)))
    }

    private mutating func dropQueue(_ name: String) {
        guard queues[name] != nil, let end = queueEnds[name] else {
            scheduledQueues.remove(name)
            queueEnds[name] = nil
            return
        }
        if end <= now {
            scheduledQueues.remove(name)
            queueEnds[name] = nil
            queues[name] = nil
        } else {
            lookAtQueue(name, end)
        }
    }

    /// Drops what ends at `end`, or looks at it again then.
    private mutating func again(
        _ end: UInt64?, _ subject: MemoryExpiries.Subject, _ drop: (inout MemoryNode) -> Void
    ) {
        guard let end else { return }
        if end <= now {
            drop(&self)
        } else {
            expiries.insert(.init(at: end, subject: subject))
        }
    }
}
