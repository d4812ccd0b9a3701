internal import HoldfastBase
internal import HoldfastNode

/// What becomes of grants that are held.
extension MemoryNode {
    mutating func raise(_ names: [String], _ grant: GrantID, _ fence: Fence) -> Bool {
        for name in names { prune(name) }
        guard names.allSatisfy({ isJoined($0, grant) }) else { return false }
        for name in names {
            guard let lock = locks.index(of: name), let index = locks[lock]?.index(of: grant) else {
                continue
            }
            locks[lock]?.grants[index].fence = fence
            locks[lock]?.raise(to: fence)
            touched.append(lock)
        }
        gate?.cover(fence)
        return true
    }

    mutating func renew(
        _ names: [String], _ grant: GrantID, _ ttl: UInt64, _ seed: GrantSeed?
    ) -> RenewReply {
        for name in names { prune(name) }
        if names.allSatisfy({ isJoined($0, grant) }) {
            if let seed { _ = self.seed(seed, nil) }
            var fence: Fence = 0
            var mode = LockMode.exclusive
            for name in names {
                guard let lock = locks.index(of: name),
                    let index = locks[lock]?.index(of: grant)
                else { continue }
                locks[lock]?.grants[index].deadline = now + ttl
                touched.append(lock)
                fence = locks[lock]?.grants[index].fence ?? 0
                if locks[lock]?.grants[index].mode == .shared { mode = .shared }
            }
            if ttl > gate?.longestTTL ?? 0 { gate?.longestTTL = ttl }
            return .held(fence: fence, mode: mode)
        }
        guard let seed, self.seed(seed, nil) else { return .lost }
        return .seeded
    }

    mutating func change(
        _ names: [String], _ grant: GrantID, _ mode: LockMode, _ proposed: Fence
    ) -> AcquireReply {
        guard mode == .shared || !isAhead(proposed) else {
            return .clockSkew(microseconds: nowMicroseconds)
        }
        for name in names { prune(name) }
        var fence = max(gate?.floor ?? 0, proposed == 0 ? 0 : proposed - 1)
        var primary = grant
        var isAlready = true
        for (number, name) in names.enumerated() {
            guard let record = locks[name], let index = record.index(of: grant) else {
                return .noSession
            }
            let other = record.grants.indices.first { $0 != index }
            if mode == .exclusive, let other {
                let rival = record.grants[other]
                return .held(
                    Refusal(
                        reason: .held, name: number, holder: rival.primary,
                        holderFence: rival.fence, holderTicket: rival.ticket, value: rival.value,
                        remainingMilliseconds: nil, ahead: 0, waiting: queues[name]?.count ?? 0))
            }
            if mode == .shared, proposed > 0, record.grants[index].fence > proposed {
                return .noSession
            }
            fence = max(fence, record.counter)
            primary = record.grants[index].primary
            if record.grants[index].mode != mode { isAlready = false }
        }
        guard let first = locks[names[0]], let place = first.index(of: grant) else {
            return .noSession
        }
        if isAlready { return .granted(fence: first.grants[place].fence, primary: primary) }
        let granted = mode == .exclusive ? fence + 1 : first.grants[place].fence
        gate?.cover(granted)
        for name in names {
            guard let lock = locks.index(of: name), let index = locks[lock]?.index(of: grant) else {
                continue
            }
            setMode(lock, index, mode, granted)
        }
        return .granted(fence: granted, primary: primary)
    }

    private mutating func setMode(_ lock: Int, _ index: Int, _ mode: LockMode, _ fence: Fence) {
        locks[lock]?.grants[index].mode = mode
        locks[lock]?.grants[index].fence = fence
        locks[lock]?.raise(to: fence)
        let name = locks.name(at: lock)
        if let grant = locks[lock]?.grants[index], let id = grant.session,
            let session = sessions.index(of: id),
            sessions[session]?.generation == grant.generation
        {
            sessions[session]?.change(
                .init(name: name, primary: grant.primary), isShared: mode == .shared)
        }
        changed(lock)
        if mode == .shared { wakeHead(name) }
    }

    mutating func propose(
        _ name: String, _ grant: GrantID, _ sequence: UInt64, _ value: [UInt8]
    ) -> Bool {
        prune(name)
        guard let lock = locks.index(of: name), let index = locks[lock]?.index(of: grant) else {
            return false
        }
        guard sequence > locks[lock]?.grants[index].sequence ?? .max else { return true }
        locks[lock]?.grants[index].sequence = sequence
        locks[lock]?.grants[index].value = value
        changed(lock)
        return true
    }

    /// Puts a grant where it is not, if that takes nothing from anybody; whether it is here now.
    mutating func seed(_ seed: GrantSeed, _ session: SessionID?) -> Bool {
        var generation: UInt64 = 0
        if let session {
            guard let alive = livingSession(session) else { return false }
            generation = sessions[alive]?.generation ?? 0
        }
        if isBuried(seed.grant, 0) { return false }
        for name in seed.names { prune(name) }
        let missing = seed.names.filter { !isJoined($0, seed.grant) }
        guard let otherwise = heldOtherwise(seed) else { return false }
        if missing.isEmpty && otherwise.isEmpty { return true }
        for name in missing {
            let others = locks[name]?.grants ?? []
            let isFree =
                seed.mode == .exclusive
                ? others.isEmpty : others.allSatisfy { $0.mode == .shared }
            guard isFree, others.count < Self.holdersMax else { return false }
        }
        place(
            MemoryGrant(
                primary: seed.grant, session: session, claim: 0, generation: generation,
                holder: seed.holder, mode: seed.mode, fence: seed.fence,
                deadline: seed.ttlMilliseconds == 0 ? 0 : now + seed.ttlMilliseconds,
                lockDelay: seed.lockDelayMilliseconds, ticket: 0, sequence: seed.sequence,
                value: seed.value), in: missing)
        gate?.cover(seed.fence)
        for lock in otherwise {
            guard let index = locks[lock]?.index(of: seed.grant) else { continue }
            setMode(lock, index, seed.mode, seed.fence)
        }
        if seed.ttlMilliseconds > gate?.longestTTL ?? 0 {
            gate?.longestTTL = seed.ttlMilliseconds
        }
        for name in missing { leaveQueue(name, seed.grant) }
        return true
    }

    /// The locks that the node has for the grant in an earlier mode than the seed says; `nil` where
    /// it cannot have them so. Of two modes the one under the larger fence is the later, because to
    /// become exclusive draws a fence; under the same fence it is the shared one.
    private func heldOtherwise(_ seed: GrantSeed) -> [Int]? {
        var found: [Int] = []
        for name in seed.names {
            guard let lock = locks.index(of: name), let index = locks[lock]?.index(of: seed.grant),
                let grant = locks[lock]?.grants[index], grant.mode != seed.mode
            else { continue }
            if seed.mode == .exclusive {
                guard seed.fence > grant.fence, locks[lock]?.grants.count == 1 else { return nil }
                found.append(lock)
            } else if seed.fence >= grant.fence {
                found.append(lock)
            }
        }
        return found
    }
}
