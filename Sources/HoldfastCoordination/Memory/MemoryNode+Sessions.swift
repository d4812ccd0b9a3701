internal import HoldfastBase
internal import HoldfastNode

extension MemoryNode {
    func livingSession(_ id: SessionID) -> MemorySession? {
        guard let session = sessions[id], !session.isClosed, session.deadline > now else {
            return nil
        }
        return session
    }

    /// A life that goes on, or is over and not yet swept.
    func life(_ id: SessionID, _ generation: UInt64) -> MemorySession? {
        if let session = sessions[id], session.generation == generation { return session }
        return dead[LifeID(session: id, generation: generation)]
    }

    /// Keeps a life that is over apart, with its grants, so that the session can have another.
    private mutating func setAside(_ session: MemorySession, isClosed: Bool) {
        guard !session.isEmpty else { return }
        var session = session
        session.isClosed = isClosed
        session.score = now
        let life = LifeID(session: session.id, generation: session.generation)
        dead[life] = session
        schedule(life, session.score)
    }

    /// Sees to it that a sweep looks at a life then.
    private mutating func schedule(_ life: LifeID, _ score: UInt64) {
        dueLives.insert(.init(score: score, id: life))
        dueLives.tidy(wanted: sessions.count + dead.count) { [sessions, dead] entry in
            let life = entry.id
            let session = life.generation == 0 ? sessions[life.session] : dead[life]
            return session?.score == entry.score
        }
    }

    /// The lives that a sweep is to look at, in the order of their scores.
    private mutating func takeDueLives() -> [DueLives.Entry] {
        var due: [DueLives.Entry] = []
        while due.count < Self.livesSweptMax, let entry = dueLives.removeFirst(dueBy: now) {
            let life = entry.id
            let session = life.generation == 0 ? sessions[life.session] : dead[life]
            if session?.score == entry.score, due.last != entry { due.append(entry) }
        }
        return due
    }

    mutating func keepAlive(
        _ id: SessionID, _ ttl: UInt64, _ create: Bool
    ) -> SessionReply {
        if livingSession(id) == nil {
            guard create else { return .none }
            // A life that is over leaves its grants to be swept; they are dead by its generation.
            if let old = sessions.removeValue(forKey: id) { setAside(old, isClosed: false) }
            generation = max(generation + 1, nowMicroseconds)
            sessions[id] = MemorySession(id: id, deadline: now + ttl, generation: generation)
        }
        guard var session = sessions[id] else { return .none }
        session.deadline = now + ttl
        session.score = min(session.score, session.deadline)
        let isNews = session.isUnscheduled || sessions[id]?.score != session.score
        session.isUnscheduled = false
        sessions[id] = session
        if isNews { schedule(LifeID(session: id, generation: 0), session.score) }
        if ttl > gate?.longestTTL ?? 0 { gate?.longestTTL = ttl }
        return .alive(
            generation: session.generation, count: UInt64(session.count), digest: session.digest)
    }

    mutating func closeSession(_ id: SessionID) -> NodeReply {
        if let session = sessions.removeValue(forKey: id) {
            setAside(session, isClosed: session.deadline > now)
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

    /// Looks at those lives whose score has come, in its order; what goes on is looked at again
    /// when it may be over.
    mutating func sweep(_ limit: Int) -> NodeReply {
        let due = takeDueLives()
        var left = due[...]
        // What this sweep does not come to, the next one does.
        defer { for entry in left { dueLives.insert(entry) } }
        var count = 0
        for life in due {
            let id = life.id
            guard let session = id.generation == 0 ? sessions[id.session] : dead[id] else {
                left.removeFirst()
                continue
            }
            if id.generation == 0, session.deadline > now {
                left.removeFirst()
                sessions[id.session]?.score = session.deadline
                schedule(id, session.deadline)
                continue
            }
            for entry in session.entries.prefix(max(0, limit - count)) {
                if id.generation == 0 {
                    sessions[id.session]?.remove(entry)
                } else {
                    dead[id]?.remove(entry)
                }
                count += 1
                sweep(entry, of: session)
            }
            let rest = id.generation == 0 ? sessions[id.session] : dead[id]
            if rest?.isEmpty == false { return .swept(count, more: true) }
            left.removeFirst()
            if id.generation == 0 { sessions[id.session] = nil } else { dead[id] = nil }
        }
        return .swept(count, more: due.count >= Self.livesSweptMax)
    }

    private mutating func sweep(_ entry: MemorySession.Entry, of session: MemorySession) {
        if let lock = locks.index(of: entry.name),
            let index = locks[lock]?.index(primary: entry.primary),
            let grant = locks[lock]?.grants[index], grant.session == session.id,
            grant.generation == session.generation
        {
            remove(lock, index)
            if grant.lockDelay > 0, !session.isClosed {
                locks[lock]?.delay(until: session.deadline + grant.lockDelay)
            }
            log(entry.name)
        }
        wakeHead(entry.name)
    }
}
