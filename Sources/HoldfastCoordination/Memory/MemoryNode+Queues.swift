#if HOLDFAST_PLANTS
    internal import HoldfastBase
#endif
internal import HoldfastNode

extension MemoryNode {
    /// Gives a place in the queue of each of the step's names; a place that is there is kept. `false`
    /// when a queue is full.
    mutating func enqueue(_ step: AcquireStep, _ server: ServerID) -> Bool {
        for name in step.names where queues[name].map({ $0.count >= Self.waitersMax }) == true {
            return false
        }
        for name in step.names {
            var queue = queues[name] ?? []
            if let index = queue.firstIndex(where: { $0.grant == step.grant }) {
                // The caller may have come back by another server.
                if step.claim >= queue[index].claim {
                    queue[index].server = server
                    queue[index].claim = step.claim
                }
                queue[index].until = now + Gate.placeMilliseconds
            } else {
                let waiter = MemoryWaiter(
                    ticket: step.ticket, grant: step.grant, server: server, claim: step.claim,
                    session: step.session, mode: step.mode, until: now + Gate.placeMilliseconds)
                let place = queue.firstIndex {
                    waiter.isBefore(ticket: $0.ticket, grant: $0.grant)
                }
                queue.insert(waiter, at: place ?? queue.count)
            }
            queues[name] = queue
            queueEnds[name] = now + Self.queueMilliseconds
            if scheduledQueues.insert(name) {
                lookAtQueue(name, now + Self.queueMilliseconds)
            }
        }
        return true
    }

    /// - Parameter claim: whose place it must be; 0 is anybody's.
    mutating func leaveQueue(_ name: String, _ grant: GrantID, claim: UInt64 = 0) {
        guard
            let index = queues[name]?.firstIndex(where: {
                $0.grant == grant && (claim == 0 || Claim.covers(claim, $0.claim))
            })
        else { return }
        queues[name]?.remove(at: index)
        if queues[name]?.isEmpty == true { queues[name] = nil }
    }

    /// Who came before `step` and cannot share the lock with it; those who are gone leave.
    mutating func waiterBefore(_ step: AcquireStep, _ name: String) -> MemoryWaiter? {
        guard queues[name] != nil else { return nil }
        dropDeadHeads(name)
        return queues[name]?.first {
            $0.grant != step.grant
                && $0.isBefore(ticket: step.ticket, grant: step.grant)
                && (step.mode == .exclusive || $0.mode == .exclusive) && isAlive($0)
        }
    }

    private mutating func dropDeadHeads(_ name: String) {
        while let head = queues[name]?.first, !isAlive(head) { leaveQueue(name, head.grant) }
    }

    func isAlive(_ waiter: MemoryWaiter) -> Bool {
        #if HOLDFAST_PLANTS
            if Plant.placesForEver.isActive { return servers[waiter.server] ?? 0 > now }
        #endif
        guard waiter.until > now, servers[waiter.server] ?? 0 > now else { return false }
        return waiter.session.map { livingSession($0) != nil } ?? true
    }

    /// Tells the server of the first in the queue that its turn may have come.
    mutating func wakeHead(_ name: String) {
        guard queues[name] != nil else { return }
        dropDeadHeads(name)
        guard let head = queues[name]?.first else { return }
        prune(name)
        let grants = locks[name]?.grants ?? []
        guard grants.isEmpty || (head.mode == .shared && grants.allSatisfy { $0.mode == .shared })
        else { return }
        wakes.append(Wake(server: head.server, name: name))
    }

    /// Those that stand, the next first.
    func places(_ name: String, _ limit: Int) -> [QueuePlace] {
        (queues[name] ?? []).filter(isAlive).prefix(max(0, limit)).map {
            QueuePlace(
                grant: $0.grant, mode: $0.mode, ticket: $0.ticket, server: $0.server,
                session: $0.session)
        }
    }

    func withPlace(_ refusal: Refusal, _ name: String, _ step: AcquireStep) -> Refusal {
        var refusal = refusal
        let queue = queues[name] ?? []
        refusal.ahead = queue.firstIndex { $0.grant == step.grant } ?? queue.count
        refusal.waiting = queue.count
        return refusal
    }
}
