internal import HoldfastBase
internal import HoldfastNode

extension MemoryNode {
    // MARK: Taking

    mutating func acquire(_ step: AcquireStep) -> AcquireReply {
        if isBuried(step.grant, step.claim) { return .buried }
        var generation: UInt64 = 0
        if let session = step.session {
            guard let alive = livingSession(session) else { return .noSession }
            generation = sessions[alive]?.generation ?? 0
        }
        guard !isAhead(step.proposed) else { return .clockSkew(microseconds: nowMicroseconds) }
        if let lock = plainlyFree(step) { return grantAlone(step, generation, lock) }
        for name in step.names { prune(name) }
        if let known = present(step) { return known }
        if let joined = join(step) { return joined }
        for (index, name) in step.names.enumerated() {
            guard let refusal = refusal(of: name, index: index, for: step) else { continue }
            if locks[name].map({ $0.grants.count >= Self.holdersMax }) == true { return .full }
            guard let server = step.waitingServer else { return .held(refusal) }
            guard enqueue(step, server) else { return .full }
            return .held(withPlace(refusal, name, step))
        }
        return grant(step, generation)
    }

    /// The one lock that is wanted, where nobody has, had lately or waits for it: what is nearly
    /// always so, and answered by one look.
    private mutating func plainlyFree(_ step: AcquireStep) -> Int? {
        guard queues.isEmpty, step.names.count == 1 else { return nil }
        let lock = locks.index(of: step.names[0], default: MemoryLock())
        return locks[lock]?.isFree(now) == true ? lock : nil
    }

    /// Whether a proposed fence is too far ahead of the node's clock.
    func isAhead(_ proposed: Fence) -> Bool {
        #if HOLDFAST_PLANTS
            if Plant.skewAccepted.isActive { return false }
        #endif
        return proposed > max(nowMicroseconds, gate?.reserved ?? 0) + Gate.skewAllowed
    }

    /// The answer to a grant that is here already: the one it had.
    private mutating func present(_ step: AcquireStep) -> AcquireReply? {
        guard let first = locks.index(of: step.names[0]),
            let index = locks[first]?.index(of: step.grant),
            let grant = locks[first]?.grants[index],
            step.names.count == 1 || step.names.allSatisfy({ isJoined($0, step.grant) })
        else { return nil }
        for name in step.names {
            guard let lock = locks.index(of: name), let index = locks[lock]?.index(of: step.grant)
            else { continue }
            // Who asks again counts from this sending.
            let isProlonged = step.session == nil && step.ttlMilliseconds > 0
            locks[lock]?.grants[index].asked(
                again: step.grant, step.claim, until: isProlonged ? now + step.ttlMilliseconds : 0)
            if isProlonged { touched.append(lock) }
        }
        if step.session == nil, step.ttlMilliseconds > gate?.longestTTL ?? 0 {
            gate?.longestTTL = step.ttlMilliseconds
        }
        return .granted(fence: grant.fence, primary: grant.primary)
    }

    /// Lets a holder enter again, where it holds all the names in one grant that allows it.
    private mutating func join(_ step: AcquireStep) -> AcquireReply? {
        guard step.isReentrant, !step.holder.isEmpty else { return nil }
        guard let first = locks[step.names[0]]?.grants.first(where: { isSame($0, step) }) else {
            return nil
        }
        let isEverywhere = step.names.allSatisfy { name in
            locks[name]?.grants.contains {
                $0.primary == first.primary && isSame($0, step) && $0.holdersCount < 64
                    && ($0.mode == .exclusive || step.mode == .shared)
            } == true
        }
        guard isEverywhere else { return nil }
        for name in step.names {
            guard let lock = locks.index(of: name),
                let index = locks[lock]?.index(primary: first.primary)
            else { continue }
            locks[lock]?.grants[index].join(step.grant, step.claim)
            if step.ttlMilliseconds > 0 {
                locks[lock]?.grants[index].prolong(until: now + step.ttlMilliseconds)
            }
            touched.append(lock)
            log(name)
        }
        return .granted(fence: first.fence, primary: first.primary)
    }

    private func isSame(_ grant: MemoryGrant, _ step: AcquireStep) -> Bool {
        grant.holder == step.holder && grant.session == step.session
    }

    private mutating func refusal(of name: String, index: Int, for step: AcquireStep) -> Refusal? {
        // Without a record there may be a queue: of those who want this lock with another.
        let record = locks[name] ?? MemoryLock()
        let blocker = record.grants.first { $0.mode == .exclusive || step.mode == .exclusive }
        if let blocker {
            let isOwn =
                !step.holder.isEmpty && record.grants.contains { isSame($0, step) }
            return Refusal(
                reason: isOwn ? .own : .held, name: index, holder: blocker.primary,
                holderFence: blocker.fence, holderTicket: blocker.ticket, value: blocker.value,
                remainingMilliseconds: remaining(record.grants), ahead: 0,
                waiting: queues[name]?.count ?? 0)
        }
        if record.delayedUntil > now {
            return Refusal(
                reason: .delayed, name: index, holder: .none, holderFence: record.counter,
                holderTicket: 0, value: [], remainingMilliseconds: record.delayedUntil - now,
                ahead: 0, waiting: queues[name]?.count ?? 0)
        }
        if step.isFair, let before = waiterBefore(step, name) {
            return Refusal(
                reason: .queued, name: index, holder: before.grant, holderFence: 0,
                holderTicket: before.ticket, value: [], remainingMilliseconds: nil, ahead: 0,
                waiting: queues[name]?.count ?? 0)
        }
        if record.grants.count >= Self.holdersMax {
            return Refusal(
                reason: .held, name: index, holder: record.grants[0].primary, holderFence: 0,
                holderTicket: 0, value: [], remainingMilliseconds: nil, ahead: 0, waiting: 0)
        }
        return nil
    }

    /// Until the last of `grants` ends by itself; `nil` where one depends on a session only.
    private func remaining(_ grants: [MemoryGrant]) -> UInt64? {
        var latest: UInt64 = 0
        for grant in grants {
            var end = grant.deadline == 0 ? UInt64.max : grant.deadline
            if let session = grant.session, let alive = sessions[session] {
                end = min(end, alive.deadline)
            }
            latest = max(latest, end)
        }
        return latest == .max ? nil : latest - min(latest, now)
    }

    /// The one lock of `step`, which is free.
    private mutating func grantAlone(
        _ step: AcquireStep, _ generation: UInt64, _ lock: Int
    ) -> AcquireReply {
        let fence = nextFence(step, after: locks[lock]?.counter ?? 0)
        put(made(step, generation, fence), in: lock)
        return .granted(fence: fence, primary: step.grant)
    }

    private mutating func grant(_ step: AcquireStep, _ generation: UInt64) -> AcquireReply {
        var counter: Fence = 0
        for name in step.names { counter = max(counter, locks[name]?.counter ?? 0) }
        let fence = nextFence(step, after: counter)
        place(made(step, generation, fence), in: step.names)
        for name in step.names where !queues.isEmpty {
            leaveQueue(name, step.grant)
            if step.mode == .shared { wakeHead(name) }
        }
        return .granted(fence: fence, primary: step.grant)
    }

    /// Larger than all before it here, and than what was proposed where that is possible.
    private mutating func nextFence(_ step: AcquireStep, after counter: Fence) -> Fence {
        if step.ttlMilliseconds > gate?.longestTTL ?? .max {
            gate?.longestTTL = step.ttlMilliseconds
        }
        #if HOLDFAST_PLANTS
            if Plant.fenceFromClock.isActive { return max(1, step.proposed) }
        #endif
        return max(gate?.floor ?? 0, counter, max(1, step.proposed) - 1) + 1
    }

    private func made(
        _ step: AcquireStep, _ generation: UInt64, _ fence: Fence
    ) -> MemoryGrant {
        MemoryGrant(
            primary: step.grant, session: step.session, claim: step.claim, generation: generation,
            holder: step.holder, mode: step.mode, fence: fence,
            deadline: step.ttlMilliseconds == 0 ? 0 : now + step.ttlMilliseconds,
            lockDelay: step.lockDelayMilliseconds, ticket: step.ticket, sequence: 0,
            value: step.value)
    }

    mutating func place(_ grant: MemoryGrant, in names: [String]) {
        for name in names { put(grant, in: locks.index(of: name, default: MemoryLock())) }
    }

    private mutating func put(_ grant: MemoryGrant, in lock: Int) {
        gate?.cover(grant.fence)
        locks[lock]?.add(grant)
        if let id = grant.session, let session = sessions.index(of: id) {
            sessions[session]?.insert(
                .init(name: locks.name(at: lock), primary: grant.primary),
                isShared: grant.mode == .shared)
        }
        changed(lock)
    }

    /// Sees to it that the record ends in time, and that those who watch hear of it.
    mutating func changed(_ lock: Int) {
        touched.append(lock)
        if isLogging { log(locks.name(at: lock)) }
    }

    // MARK: Giving back

    mutating func release(_ step: ReleaseStep) -> NodeReply {
        var wasHeld = false
        for name in step.names {
            guard let lock = locks.index(of: name) else { continue }
            prune(at: lock)
            if leaveGrant(lock, step) { wasHeld = true }
        }
        if let again = step.waitingAgain, let server = again.waitingServer,
            !step.names.contains(where: { isClaimedByOthers($0, step) })
        {
            _ = enqueue(again, server)
        } else if !queues.isEmpty {
            for name in step.names { leaveQueue(name, step.grant, claim: step.claim) }
        }
        if step.isBuried {
            bury(Tombstone(grant: step.grant, claim: Claim.handling(step.claim)))
        }
        let next = step.next.map { acquire($0) }
        for name in step.names where !queues.isEmpty { wakeHead(name) }
        return .released(wasHeld: wasHeld, next: next)
    }

    /// Whether somebody else answers for the grant, or its place, by now.
    private func isClaimedByOthers(_ name: String, _ step: ReleaseStep) -> Bool {
        guard step.claim != 0 else { return false }
        if let lock = locks.index(of: name), let index = locks[lock]?.index(of: step.grant) {
            let claim = locks[lock]?.grants[index].claim(of: step.grant) ?? 0
            return !Claim.covers(step.claim, claim)
        }
        return queues[name]?.contains {
            $0.grant == step.grant && !Claim.covers(step.claim, $0.claim)
        } == true
    }

    /// Whether the grant was there.
    private mutating func leaveGrant(_ lock: Int, _ step: ReleaseStep) -> Bool {
        let grant = step.grant
        var claim = step.claim
        #if HOLDFAST_PLANTS
            if Plant.claimIgnored.isActive { claim = 0 }
            if Plant.releaseAnybody.isActive, locks[lock]?.grants.isEmpty == false {
                remove(lock, 0)
                return true
            }
        #endif
        guard let index = locks[lock]?.index(of: grant),
            claim == 0 || Claim.covers(claim, locks[lock]?.grants[index].claim(of: grant) ?? 0)
        else { return false }
        if step.isForced || locks[lock]?.grants[index].leave(grant) == true {
            remove(lock, index)
        } else {
            touched.append(lock)
        }
        if isLogging { log(locks.name(at: lock)) }
        return true
    }

    func isJoined(_ name: String, _ grant: GrantID) -> Bool {
        locks[name]?.index(of: grant) != nil
    }

    /// Takes a grant out of the record and out of its session's index.
    mutating func remove(_ lock: Int, _ index: Int) {
        guard let grant = locks[lock]?.grants.remove(at: index) else { return }
        if let id = grant.session, let session = sessions.index(of: id),
            sessions[session]?.generation == grant.generation
        {
            sessions[session]?.remove(.init(name: locks.name(at: lock), primary: grant.primary))
        }
        touched.append(lock)
    }

    /// Takes away grants that are over by themselves; the first step of everything that looks at a
    /// lock.
    mutating func prune(_ name: String) {
        if let lock = locks.index(of: name) { prune(at: lock) }
    }

    private mutating func prune(at lock: Int) {
        guard let record = locks[lock], !record.livesAlone(now) else { return }
        let grants = record.grants
        var isChanged = false
        for index in grants.indices.reversed() {
            guard let end = end(of: grants[index]), end <= now else { continue }
            remove(lock, index)
            if grants[index].lockDelay > 0, end > 0 {
                locks[lock]?.delay(until: end + grants[index].lockDelay)
            }
            isChanged = true
        }
        if isChanged { log(locks.name(at: lock)) }
    }

    /// When a grant is over by itself: at its own deadline or with its session's life; 0 where that
    /// was closed or forgotten, which is no abnormal end; `nil` for never.
    private func end(of grant: MemoryGrant) -> UInt64? {
        var end = grant.deadline == 0 ? UInt64.max : grant.deadline
        if let id = grant.session {
            guard let life = life(id, grant.generation), !life.isClosed else { return 0 }
            end = min(end, life.deadline)
        }
        return end == .max ? nil : end
    }

    private mutating func bury(_ tombstone: Tombstone) {
        #if HOLDFAST_PLANTS
            if Plant.noTombstone.isActive { return }
        #endif
        let until = now + Gate.tombstoneMilliseconds
        if tombstones.updateValue(until, forKey: tombstone) == nil {
            expiries.insert(.init(at: until, subject: .tombstone(tombstone)))
        }
    }

    func isBuried(_ grant: GrantID, _ claim: UInt64) -> Bool {
        guard !tombstones.isEmpty else { return false }
        return [0, Claim.handling(claim)].contains {
            tombstones[Tombstone(grant: grant, claim: $0)] ?? 0 > now
        }
    }
}
