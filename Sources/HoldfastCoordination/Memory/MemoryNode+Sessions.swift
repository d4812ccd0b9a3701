internal import HoldfastBase
internal import HoldfastNode

extension MemoryNode {
    func livingSession(_ id: SessionID) -> MemorySession? {
        guard let session = sessions[id], !session.isClosed, session.deadline > now else {
            return nil
        }
        return session
    }

    mutating func keepAlive(
        _ id: SessionID, _ ttl: UInt64, _ create: Bool
    ) -> SessionReply {
        if livingSession(id) == nil {
            guard create else { return .none }
            // A life that is over leaves its grants to be swept; they are dead by its generation.
            if let old = sessions.removeValue(forKey: id), !old.grants.isEmpty { dead.append(old) }
            generation = max(generation + 1, nowMicroseconds)
            sessions[id] = MemorySession(id: id, deadline: 0, generation: generation)
        }
        sessions[id]?.deadline = now + ttl
        if ttl > gate?.longestTTL ?? 0 { gate?.longestTTL = ttl }
        guard let session = sessions[id] else { return .none }
        return .alive(
            generation: session.generation, count: UInt64(session.grants.count),
            digest: session.digest)
    }

    mutating func closeSession(_ id: SessionID) -> NodeReply {
        if var session = sessions.removeValue(forKey: id) {
            session.isClosed = session.deadline > now
            dead.append(session)
        }
        return .accepted(microseconds: nowMicroseconds)
    }

    func listGrants(_ id: SessionID, _ cursor: UInt64) -> NodeReply {
        guard let session = livingSession(id) else { return .session(.none) }
        let (entries, next) = session.page(after: cursor, limit: Self.grantsPageMax)
        let page = entries.compactMap { entry -> GrantView? in
            guard let record = locks[entry.name],
                let index = record.index(primary: entry.primary)
            else { return nil }
            return view(record.grants[index], entry.name)
        }
        return .grants(page, next: next)
    }

    mutating func sweep(_ limit: Int) -> NodeReply {
        dropOld()
        // In the order of their ids: a simulated run must be the same each time.
        let ended = sessions.values.filter { $0.deadline <= now }.sorted { $0.id < $1.id }
        for session in ended {
            sessions[session.id] = nil
            if !session.grants.isEmpty { dead.append(session) }
        }
        var count = 0
        while count < limit, var session = dead.popLast() {
            while count < limit, let entry = session.popLast() {
                count += 1
                sweep(entry, of: session)
            }
            if !session.grants.isEmpty {
                dead.append(session)
                break
            }
        }
        return .swept(count, more: !dead.isEmpty)
    }

    private mutating func sweep(_ entry: MemorySession.Entry, of session: MemorySession) {
        if let index = locks[entry.name]?.index(primary: entry.primary),
            let grant = locks[entry.name]?.grants[index], grant.session == session.id,
            grant.generation == session.generation
        {
            remove(entry.name, index)
            if grant.lockDelay > 0, !session.isClosed {
                locks[entry.name]?.delay(until: session.deadline + grant.lockDelay)
            }
            log(entry.name)
        }
        wakeHead(entry.name)
    }

    /// Drops what is kept for a time only, in the order in which it ends.
    private mutating func dropOld() {
        let ended = tombstoneOrder.prefix { $0.until <= now }
        for (tombstone, _) in ended where tombstones[tombstone] ?? 0 <= now {
            tombstones[tombstone] = nil
        }
        tombstoneOrder.removeFirst(ended.count)
        while freedHead < freed.count,
            freed[freedHead].since + 2 * Gate.periodMilliseconds <= now
        {
            let name = freed[freedHead].name
            freedHead += 1
            if let record = locks[name], record.grants.isEmpty,
                record.freeSince + 2 * Gate.periodMilliseconds <= now
            {
                locks[name] = nil
            }
        }
        if freedHead > 1024, freedHead * 2 > freed.count {
            freed.removeFirst(freedHead)
            freedHead = 0
        }
        for (server, until) in servers where until + 60_000 < now { servers[server] = nil }
    }
}
