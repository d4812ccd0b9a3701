internal import HoldfastBase
internal import HoldfastNode

/// Sessions: one renewal for all grants, that does not hide one that was lost.
///
/// A renewal asks all nodes. Each that has the session answers the digest of the grants it has for it;
/// where that is what this server expects, the node is verified. As soon as a quorum is verified, and
/// each grant that is not everywhere is on a quorum of those, the renewal is confirmed. A node with
/// another digest is read first. What is found on fewer than a quorum is lost. Afterwards nodes that
/// lack the session, or grants, are given them again; they count from the next renewal on.
extension Brain {
    mutating func openSession(_ call: CallID?, _ id: SessionID, _ ttl: UInt64) {
        if sessions[id] == nil {
            var session = ServerSession(
                id: id, ttlMilliseconds: ttl, nodes: cluster.configuration.nodes, at: now.instant)
            session.isNew = false
            sessions[id] = session
        }
        renewSession(call, id, ttl, opens: true)
    }

    mutating func keepAlive(_ call: CallID?, _ id: SessionID, _ ttl: UInt64) {
        if sessions[id] == nil {
            sessions[id] = ServerSession(
                id: id, ttlMilliseconds: ttl, nodes: cluster.configuration.nodes, at: now.instant)
        }
        renewSession(call, id, ttl, opens: false)
    }

    private mutating func renewSession(
        _ call: CallID?, _ id: SessionID, _ ttl: UInt64, opens: Bool
    ) {
        cluster.granted(ttlMilliseconds: ttl)
        let key = renewals.insert(
            Renewal(
                call: call, session: id, ttlMilliseconds: ttl, opens: opens,
                started: now.instant, open: cluster.voters))
        for node in cluster.voters {
            send(
                node, Tag(.session, key),
                .keepAlive(session: id, ttlMilliseconds: ttl, create: opens))
        }
        timers.add(.renewalBudget(key), at: now.instant + cluster.configuration.nodeBudget)
    }

    mutating func closeSession(_ call: CallID?, _ id: SessionID) {
        dropSession(id)
        tellSession(id, .sessionEnded)
        start(.closeSession(id), call, .closeSession(id))
        for node in cluster.configuration.all.subtracting(cluster.voters) {
            cleanUp(node, .close(id))
        }
    }

    mutating func listGrants(_ call: CallID, _ id: SessionID) {
        guard let session = sessions[id] else {
            respond(
                call,
                .failed(
                    Failure(
                        .noSession, "this server does not know the session: keep it alive first")))
            return
        }
        let grants = session.held.pairs.map { primary, held in
            SessionGrant(
                grant: primary, names: held.names, mode: held.mode, fence: held.fence,
                strength: held.nodes.count)
        }
        respond(call, .grants(grants.sorted { $0.grant < $1.grant }))
    }

    // MARK: Grants of a session

    /// A grant in a session was made here.
    mutating func noteGranted(_ acquisition: Acquisition, fence: Fence) {
        guard !sessions.isEmpty, let id = acquisition.request.session ?? sessionOf(acquisition),
            let session = sessions.index(of: id)
        else { return }
        if case .change(let mode) = acquisition.purpose {
            sessions[session]?.change(
                acquisition.request.grant, mode: mode, fence: fence, by: acquisition.round.yes,
                at: now.instant)
            return
        }
        let request = acquisition.request
        let primary = acquisition.round.primary
        sessionOfGrant[request.grant] = id
        if primary != request.grant {
            sessions[session]?.join(request.grant, primary)
            return
        }
        let longest = Interval.milliseconds(Int64(clamping: request.maxHoldMilliseconds))
        sessions[session]?.insert(
            primary,
            .init(
                names: request.names, mode: request.mode, fence: fence, holder: request.holder,
                value: request.value, lockDelayMilliseconds: request.lockDelayMilliseconds,
                until: request.maxHoldMilliseconds == 0
                    ? .never : acquisition.tryStarted + longest,
                nodes: acquisition.round.yes, joined: [request.grant]))
    }

    private func sessionOf(_ acquisition: Acquisition) -> SessionID? {
        sessionOfGrant[acquisition.request.grant]
    }

    /// A node that the last renewal of the session did not reach drops the session, and the grant with
    /// it, before its owner has to stop: its yes makes no grant.
    mutating func discount(_ key: SlotKey) {
        guard !sessions.isEmpty, let request = acquisitions[key]?.request,
            let id = request.session ?? sessionOfGrant[request.grant],
            let session = sessions.index(of: id), let lagging = sessions[session]?.lagging
        else { return }
        #if HOLDFAST_PLANTS
            if Plant.laggingCounted.isActive { return }
        #endif
        acquisitions[key]?.round.uncounted = lagging
    }

    /// A node said yes after the grant was made.
    mutating func noteLate(_ acquisition: Acquisition, _ node: NodeIndex) {
        guard acquisition.purpose == .acquire, acquisition.round.phase == .granted,
            let id = acquisition.request.session
        else {
            noteLateChange(acquisition, node)
            return
        }
        sessions[id]?.found(acquisition.round.primary, on: node)
    }

    private mutating func noteLateChange(_ acquisition: Acquisition, _ node: NodeIndex) {
        guard case .change(let mode) = acquisition.purpose, let id = sessionOf(acquisition),
            acquisition.round.phase == .granted,
            let primary = sessions[id]?.primaryOf[acquisition.request.grant],
            sessions[id]?.held[primary]?.mode == mode
        else { return }
        sessions[id]?.found(primary, on: node)
    }

    mutating func noteReleased(_ grant: GrantID, _ names: [String]) {
        guard !sessionOfGrant.isEmpty, let index = sessionOfGrant.index(of: grant),
            let id = sessionOfGrant[index], sessions[id]?.names(of: grant)?.meet(names) != false
        else { return }
        sessionOfGrant.remove(at: index)
        if let session = sessions.index(of: id) { sessions[session]?.leave(grant) }
    }

    private mutating func dropSession(_ id: SessionID) {
        guard let session = sessions.removeValue(forKey: id) else { return }
        for grant in session.primaryOf.keys { sessionOfGrant[grant] = nil }
    }

    // MARK: Answers

    mutating func sessionAnswered(_ node: NodeIndex, _ key: SlotKey, _ reply: NodeReply) {
        guard let renewal = renewals[key] else { return }
        if case .grants(let page, let next) = reply {
            read(node, key, page, next)
        } else if renewal.walks[node] != nil {
            renewals[key]?.walks[node] = nil
            renewals[key]?.failed.insert(node)
        } else if renewal.open.contains(node) {
            renewals[key]?.open.remove(node)
            take(node, key, renewal, reply)
        } else {
            return
        }
        conclude(key)
    }

    private mutating func take(
        _ node: NodeIndex, _ key: SlotKey, _ renewal: Renewal, _ reply: NodeReply
    ) {
        guard case .session(let answer) = reply else {
            renewals[key]?.failed.insert(node)
            return
        }
        guard case .alive(let generation, let count, let digest) = answer else {
            renewals[key]?.missing.insert(node)
            sessions[renewal.session]?.emptied(node)
            return
        }
        guard let session = sessions[renewal.session] else { return }
        let copy = session.copies[node]
        renewals[key]?.alive.insert(node)
        sessions[renewal.session]?.copies[node].generation = generation
        sessions[renewal.session]?.copies[node].renewedAt = max(
            copy.renewedAt, renewal.started)
        #if HOLDFAST_PLANTS
            if Plant.sessionCounted.isActive {
                renewals[key]?.verified.insert(node)
                for primary in session.held.keys.sorted() {
                    sessions[renewal.session]?.found(primary, on: node)
                }
                return
            }
        #endif
        if !session.isNew, copy.digest == digest, copy.count == count,
            copy.generation == generation || (copy.generation == 0 && count == 0)
        {
            renewals[key]?.verified.insert(node)
            return
        }
        let expected = session.held.pairs.filter { $0.value.nodes.contains(node) }
            .map(\.key).sorted()
        renewals[key]?.walks[node] = Renewal.Walk(expected: expected)
        send(node, Tag(.session, key), .listGrants(session: renewal.session, cursor: 0))
    }

    mutating func renewalBudgetOver(_ key: SlotKey) {
        guard let renewal = renewals[key] else { return }
        for node in renewal.open { renewals[key]?.failed.insert(node) }
        renewals[key]?.open = NodeSet()
        // Long lists take longer than one answer; they have twice the time.
        if !renewal.walks.isEmpty, now.instant < renewal.started + .seconds(10) {
            timers.add(.renewalBudget(key), at: now.instant + cluster.configuration.nodeBudget)
        } else {
            for node in renewal.walks.keys { renewals[key]?.failed.insert(node) }
            renewals[key]?.walks = [:]
        }
        conclude(key)
    }

    private mutating func conclude(_ key: SlotKey) {
        guard let renewal = renewals[key] else { return }
        let quorum = cluster.configuration.quorum
        let isOver = renewal.open.isEmpty && renewal.walks.isEmpty
        if !renewal.isAnswered {
            if renewal.verified.count >= quorum, isOver || isSafe(renewal) {
                confirm(key)
            } else if renewal.missing.count > cluster.configuration.nodes - quorum {
                sessionGone(key, renewal)
            } else if isOver {
                tooFew(key, renewal)
            }
        }
        guard isOver, let renewal = renewals.remove(key) else { return }
        if renewal.isAnswered, sessions[renewal.session] != nil {
            restore(renewal)
            returnStrangers(renewal.session, renewal)
        }
    }

    /// Whether every grant is on a quorum of the verified nodes, so that the others need not be
    /// waited for.
    private func isSafe(_ renewal: Renewal) -> Bool {
        guard let session = sessions[renewal.session], !session.isNew else { return false }
        let quorum = cluster.configuration.quorum
        return session.weak.allSatisfy {
            session.held[$0]?.nodes.intersection(renewal.verified).count ?? quorum >= quorum
        }
    }

    private mutating func confirm(_ key: SlotKey) {
        guard let renewal = renewals[key], let session = sessions[renewal.session] else { return }
        renewals[key]?.isAnswered = true
        let quorum = cluster.configuration.quorum
        for primary in session.weak.sorted() {
            guard let held = session.held[primary],
                sessions[renewal.session]?.isHeld(
                    primary, by: renewal.verified, quorum: quorum) == false
            else { continue }
            sessions[renewal.session]?.remove(primary)
            for grant in held.joined { sessionOfGrant[grant] = nil }
            // What was never seen whole is no loss that this server can tell of.
            if !session.isNew { lose(renewal, primary, held) }
        }
        sessions[renewal.session]?.confirmed(
            at: renewal.started, ttlMilliseconds: renewal.ttlMilliseconds)
        guard let session = sessions[renewal.session] else { return }
        let believed = session.believed
        respond(
            renewal.call,
            .session(
                .init(
                    id: renewal.session, ttlMilliseconds: renewal.ttlMilliseconds,
                    strength: renewal.verified.count, count: believed.count,
                    digest: believed.digest, lost: session.lost)))
        sessions[renewal.session]?.lost = []
    }

    /// The caller may never hear of it, and counts on the grant until the time that an earlier renewal
    /// gave it: what is left of the grant is taken from the nodes after that.
    private mutating func lose(
        _ renewal: Renewal, _ primary: GrantID, _ held: ServerSession.Held
    ) {
        let id = renewal.session
        sessions[id]?.lost.append(contentsOf: held.joined)
        var step = ReleaseStep(names: held.names, grant: primary)
        step.isForced = true
        step.isBuried = true
        var ttl = max(sessions[id]?.ttlMilliseconds ?? 0, renewal.ttlMilliseconds)
        #if HOLDFAST_PLANTS
            if Plant.lossAtOnce.isActive { ttl = 0 }
        #endif
        timers.add(
            .lostOver(losses.insert(step)),
            at: now.instant + .milliseconds(Int64(clamping: ttl)))
        tellSession(id, .lost(held.joined))
    }

    mutating func lostOver(_ key: SlotKey) {
        guard let step = losses.remove(key) else { return }
        for node in cluster.configuration.all { cleanUp(node, step) }
    }

    private mutating func sessionGone(_ key: SlotKey, _ renewal: Renewal) {
        renewals[key]?.isAnswered = true
        dropSession(renewal.session)
        tellSession(renewal.session, .sessionEnded)
        respond(
            renewal.call,
            .failed(
                Failure(
                    .noSession,
                    "the session has expired, and with it all its grants: open a new one")))
    }

    private mutating func tooFew(_ key: SlotKey, _ renewal: Renewal) {
        renewals[key]?.isAnswered = true
        // A repeat of an open finds a session that may be in use: to close it is not this server's.
        if renewal.opens, sessions[renewal.session]?.isConfirmed != true {
            dropSession(renewal.session)
        }
        var failure = unavailable()
        failure.code = renewal.opens ? .unavailable : .unknown
        failure.message =
            "\(renewal.verified.count) of \(cluster.configuration.nodes) nodes confirmed the session"
        for node in renewal.failed where !failure.nodes.contains(where: { $0.node == node }) {
            failure.nodes.append(NodeProblem(node: node, reason: "did not answer in time"))
        }
        respond(renewal.call, .failed(failure))
    }

    /// Gives nodes what they lack: the session itself, then its grants, a few at a time. They count
    /// from the next renewal on.
    private mutating func restore(_ renewal: Renewal) {
        guard let session = sessions[renewal.session],
            renewal.verified.count >= cluster.configuration.quorum
        else { return }
        for node in renewal.missing where cluster.voters.contains(node) {
            send(
                node, Tag(.closing),
                .keepAlive(
                    session: renewal.session, ttlMilliseconds: renewal.ttlMilliseconds,
                    create: true))
        }
        let reachable = renewal.verified.union(renewal.missing).intersection(cluster.voters)
        var seeds = Array(repeating: [GrantSeed](), count: cluster.configuration.nodes)
        for primary in session.weak.sorted() {
            guard let held = session.held[primary] else { continue }
            for node in reachable.subtracting(held.nodes) {
                if let seed = session.seed(primary, now: now.instant) { seeds[node].append(seed) }
            }
        }
        for node in reachable where !seeds[node].isEmpty {
            var start = 0
            while start < seeds[node].count {
                let batch = Array(seeds[node][start..<min(start + 64, seeds[node].count)])
                let key = seedings.insert(
                    Seeding(session: renewal.session, grants: batch.map(\.grant)))
                send(node, Tag(.seed, key), .seed(session: renewal.session, batch))
                start += 64
            }
        }
    }

    mutating func seeded(_ node: NodeIndex, _ key: SlotKey, _ reply: NodeReply) {
        guard let seeding = seedings.remove(key), case .seeded(let results) = reply else { return }
        for (grant, isThere) in zip(seeding.grants, results) where isThere {
            sessions[seeding.session]?.found(grant, on: node)
        }
    }

    /// Sessions that nobody has renewed through this server for long are none of its business.
    mutating func forgetOldSessions() {
        let old = sessions.values.filter { session in
            let ttl = Interval.milliseconds(Int64(clamping: session.ttlMilliseconds))
            return session.renewedAt + ttl + .seconds(1) <= now.instant
        }
        for session in old { dropSession(session.id) }
    }
}
