internal import HoldfastNode

/// What a node tells of its locks.
extension MemoryNode {
    mutating func view(_ name: String) -> LockView {
        prune(name)
        let record = locks[name] ?? MemoryLock()
        return LockView(
            name: name, counter: record.counter, grants: record.grants.map { view($0, name) },
            waiting: queues[name]?.count ?? 0,
            delayMilliseconds: record.delayedUntil > now ? record.delayedUntil - now : 0)
    }

    func view(_ grant: MemoryGrant, _ name: String) -> GrantView {
        GrantView(
            name: name, grant: grant.primary, session: grant.session, holder: grant.holder,
            mode: grant.mode, fence: grant.fence,
            remainingMilliseconds: grant.deadline == 0
                ? nil
                : grant.deadline
                    - min(
                        grant.deadline, now),
            lockDelayMilliseconds: grant.lockDelay, sequence: grant.sequence, value: grant.value,
            joined: grant.joined)
    }

    /// A page of the names of held locks, from the end of the table to its beginning: what moves into a
    /// gap on the way comes from behind, and is met twice rather than missed.
    func list(_ prefix: String, _ cursor: UInt64, _ limit: Int) -> NodeReply {
        let end = cursor == 0 ? locks.count : min(Int(clamping: cursor), locks.count)
        var names: [String] = []
        var left = end
        while left > 0, names.count < max(1, limit), end - left < Self.listedAtOnceMax {
            left -= 1
            guard locks[left]?.grants.isEmpty == false, locks.name(at: left).beginsWith(prefix)
            else { continue }
            names.append(locks.name(at: left))
        }
        return .names(names, next: UInt64(left))
    }
}
