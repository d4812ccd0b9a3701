internal import HoldfastBase
internal import HoldfastNode

/// What a node lists of a session, where its digest is not the one that is expected.
extension Brain {
    /// A page of what a node has for the session.
    mutating func read(
        _ node: NodeIndex, _ key: SlotKey, _ page: [GrantView], _ next: UInt64
    ) {
        guard let renewal = renewals[key], renewal.walks[node] != nil else { return }
        for view in page { renewals[key]?.walks[node]?.seen[view.grant, default: []].append(view) }
        guard next == 0 else {
            send(node, Tag(.session, key), .listGrants(session: renewal.session, cursor: next))
            return
        }
        guard let walk = renewals[key]?.walks.removeValue(forKey: node),
            sessions[renewal.session] != nil
        else { return }
        renewals[key]?.verified.insert(node)
        for primary in walk.expected {
            guard let held = sessions[renewal.session]?.held[primary] else { continue }
            let names = NameSet((walk.seen[primary] ?? []).map(\.name))
            if !held.names.allSatisfy(names.contains) {
                sessions[renewal.session]?.missed(primary, on: node)
            }
        }
        for (primary, views) in walk.seen.sorted(by: { $0.key < $1.key }) {
            if let held = sessions[renewal.session]?.held[primary] {
                found(primary, views, on: node, held, renewal)
            } else if sessions[renewal.session]?.isNew == true {
                adopt(primary, views, from: node, renewal.session)
            }
        }
        noteStrangers(node, walk, renewal.session)
    }

    private mutating func found(
        _ primary: GrantID, _ views: [GrantView], on node: NodeIndex, _ held: ServerSession.Held,
        _ renewal: Renewal
    ) {
        let mode = Self.mode(of: views)
        guard mode == held.mode else {
            // What was changed meanwhile is told by those that did it.
            if held.changedAt < renewal.started {
                let fence = views.map(\.fence).max() ?? 0
                sessions[renewal.session]?.foundOtherwise(primary, on: node, fence: fence)
            }
            return
        }
        sessions[renewal.session]?.found(primary, on: node)
        let isNew = sessions[renewal.session]?.isNew == true
        if isNew, views.contains(where: { $0.fence != held.fence }) {
            sessions[renewal.session]?.dispute(primary)
        }
    }

    /// Of a grant of which a node has these names: exclusive where it has all so.
    private static func mode(of views: [GrantView]) -> LockMode {
        views.allSatisfy { $0.mode == .exclusive } ? .exclusive : .shared
    }

    /// A grant that this server has not seen being made.
    private mutating func adopt(
        _ primary: GrantID, _ views: [GrantView], from node: NodeIndex, _ id: SessionID
    ) {
        guard let view = views.first else { return }
        for grant in view.joined { sessionOfGrant[grant] = id }
        let left = view.remainingMilliseconds.map {
            now.instant + .milliseconds(Int64(clamping: $0))
        }
        sessions[id]?.insert(
            primary,
            .init(
                names: views.map(\.name).sorted(), mode: Self.mode(of: views), fence: view.fence,
                holder: view.holder, value: view.value, sequence: view.sequence,
                lockDelayMilliseconds: view.lockDelayMilliseconds, until: left ?? .never,
                nodes: NodeSet([node]), joined: view.joined))
    }

    /// What a node has and this server does not believe in, such as a grant that others are at, is
    /// part of what its digest will be.
    private mutating func noteStrangers(_ node: NodeIndex, _ walk: Renewal.Walk, _ id: SessionID) {
        guard let session = sessions[id] else { return }
        var digest: UInt64 = 0
        var count: UInt64 = 0
        for (primary, views) in walk.seen {
            for view in views {
                let element = GrantDigest.element(name: view.name, grant: primary)
                digest = GrantDigest.add(
                    view.mode == .shared ? GrantDigest.inverted(element, count: 1) : element,
                    to: digest)
                count += 1
            }
        }
        // Made here while the list was read.
        for (primary, held) in session.held.pairs
        where held.nodes.contains(node) && walk.seen[primary] == nil {
            digest = GrantDigest.add(held.digest(in: held.mode), to: digest)
            count += UInt64(held.names.count)
        }
        sessions[id]?.copies[node].digest = digest
        sessions[id]?.copies[node].count = count
        for (primary, views) in walk.seen.sorted(by: { $0.key < $1.key })
        where session.held[primary] == nil {
            var stranger =
                session.strangers[primary]
                ?? .init(names: views.map(\.name).sorted(), since: now.instant, nodes: NodeSet())
            stranger.nodes.insert(node)
            sessions[id]?.strangers[primary] = stranger
        }
        for (primary, stranger) in session.strangers where walk.seen[primary] == nil {
            if stranger.nodes == NodeSet([node]) {
                sessions[id]?.strangers[primary] = nil
            } else {
                sessions[id]?.strangers[primary]?.nodes.remove(node)
            }
        }
    }

    /// Takes away what a release that was lost, or a server that died, has left in a session that lives
    /// on: it would keep its nodes from granting the lock to anybody. Only what cannot be a grant: it
    /// is on less than a quorum, counting the nodes that were not read, and was already when whoever
    /// might count on it had to stop.
    mutating func returnStrangers(_ id: SessionID, _ renewal: Renewal) {
        guard let session = sessions[id], !session.strangers.isEmpty else { return }
        let patience = max(
            Interval.milliseconds(Int64(clamping: session.ttlMilliseconds)), .seconds(2))
        let unread = cluster.configuration.all.subtracting(renewal.verified)
        for (primary, stranger) in session.strangers.sorted(by: { $0.key < $1.key }) {
            guard session.held[primary] == nil, session.primaryOf[primary] == nil else {
                sessions[id]?.strangers[primary] = nil
                continue
            }
            guard stranger.since + patience <= now.instant,
                stranger.nodes.union(unread).count < cluster.configuration.quorum
            else { continue }
            sessions[id]?.strangers[primary] = nil
            var step = ReleaseStep(names: stranger.names, grant: primary)
            step.isForced = true
            step.isBuried = true
            for node in stranger.nodes { cleanUp(node, step) }
        }
    }
}
