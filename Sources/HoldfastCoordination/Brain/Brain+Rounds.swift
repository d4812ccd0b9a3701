internal import HoldfastBase
internal import HoldfastNode

/// Everything that is one question to all voters.
extension Brain {
    mutating func start(
        _ kind: Round.Kind, _ call: CallID?, _ command: NodeCommand
    ) {
        let key = open(kind, call)
        for node in cluster.voters { send(node, Tag(.round, key), command) }
    }

    private mutating func open(_ kind: Round.Kind, _ call: CallID?) -> SlotKey {
        let key = rounds.insert(
            Round(
                call: call, kind: kind, epoch: cluster.epoch, started: now.instant,
                open: cluster.voters))
        let budget = cluster.configuration.nodeBudget
        timers.add(
            .roundBudget(key), at: now.instant + (kind.isRead ? Self.patience(budget) : budget))
        return key
    }

    mutating func release(
        _ call: CallID?, _ names: [String], _ grant: GrantID, _ isSole: Bool
    ) {
        // Who may release one lock must not end, by the id of a grant, what concerns another.
        noteReleased(grant, names)
        if !autoRenewals.isEmpty, autoRenewals[grant]?.names.meet(names) == true {
            endAutoRenewal(grant)
        }
        // A release that overtakes its own acquire ends it.
        if let key = waiting[grant], acquisitions[key]?.request.names.meet(names) == true {
            abandon(key, answer: .failed(Failure(.cancelled, "released while it waited")))
        }
        var step = ReleaseStep(names: names, grant: grant)
        step.isBuried = !isSole || (!uncertain.isEmpty && uncertain.remove(grant))
        let key = open(.release(step), call)
        if let heir = heir(of: names), let acquisition = acquisitions[heir] {
            step.next = acquisition.step
            rounds[key]?.next = (heir, acquisition.number)
        }
        for node in cluster.voters { send(node, Tag(.round, key), .release(step)) }
        for node in cluster.configuration.all.subtracting(cluster.voters) { cleanUp(node, step) }
        if rounds[key]?.next == nil { turnOfOthers(names, after: .shared) }
    }

    mutating func renew(
        _ call: CallID?, _ names: [String], _ grant: GrantID, _ ttl: UInt64
    ) {
        cluster.granted(ttlMilliseconds: ttl)
        start(
            .renew(names: names, grant: grant, ttlMilliseconds: ttl), call,
            .renew(names: names, grant: grant, ttlMilliseconds: ttl, seed: nil))
    }

    // MARK: Answers

    mutating func answered(_ node: NodeIndex, _ key: SlotKey, _ reply: NodeReply) {
        if case .names(let names, let cursor) = reply, goesOn(node, key, names, cursor) { return }
        guard let round = rounds[key], round.open.contains(node) else { return }
        if let next = round.next {
            var vote: AcquireReply?
            if case .released(_, let reply) = reply { vote = reply }
            self.vote(
                next.key, next.number, node, reply: vote, mayBeDone: reply.mayBeDone)
        }
        rounds[key]?.take(node, reply)
        concludeRound(key)
    }

    /// Takes a page of names in, and asks for the next; `false` where that was the last. No copy of the
    /// round is there meanwhile: all names would be copied for each page.
    private mutating func goesOn(
        _ node: NodeIndex, _ key: SlotKey, _ names: [String], _ cursor: UInt64
    ) -> Bool {
        guard rounds[key]?.open.contains(node) == true, let walk = rounds[key]?.kind.walk else {
            return false
        }
        rounds[key]?.names.formUnion(names)
        guard cursor != 0, rounds[key]?.names.count ?? 0 < Self.listedMax else { return false }
        send(
            node, Tag(.round, key),
            .list(prefix: walk.prefix, cursor: cursor, limit: Self.listPage))
        return true
    }

    static let listedMax = 1_000_000

    mutating func roundBudgetOver(_ key: SlotKey) {
        guard let round = rounds[key] else { return }
        let end = round.started + cluster.configuration.nodeBudget
        if round.kind.isRead, now.instant < end {
            answerEarly(key)
            timers.add(.roundBudget(key), at: end)
            return
        }
        if let next = round.next {
            for node in round.open {
                vote(next.key, next.number, node, reply: nil, mayBeDone: true)
            }
        }
        rounds[key]?.silence()
        concludeRound(key)
    }

    private mutating func concludeRound(_ key: SlotKey) {
        guard let round = rounds[key] else { return }
        if round.call != nil, let outcome = outcome(of: round) {
            rounds[key]?.call = nil
            respond(round.call, outcome)
        }
        proveEarly(key, round)
        guard round.open.isEmpty else { return }
        rounds.remove(key)
        afterwards(round)
    }

    private mutating func outcome(of round: Round) -> Outcome? {
        let quorum = cluster.configuration.quorum
        let nodes = cluster.configuration.nodes
        switch round.kind {
        case .release:
            if round.yes.count >= quorum { return .released(round.wasHeld) }
        case .renew:
            if let strength = round.renewed(quorum: quorum) {
                return .renewed(fence: round.fence, strength: strength)
            }
            if round.no.count > nodes - quorum {
                return .failed(
                    Failure(.notOwner, "the grant is not held any more: it expired or was released")
                )
            }
            guard !round.open.isEmpty else { return .failed(tooFew(round)) }
        case .propose:
            if round.yes.count >= quorum { return .done }
            if round.no.count > nodes - quorum {
                return .failed(Failure(.notOwner, "the grant is not held any more"))
            }
        case .read, .queue, .list:
            guard round.open.isEmpty else { return nil }
            if round.yes.count >= quorum { return read(round) }
        case .closeSession:
            if round.yes.count >= quorum { return .done }
        case .watchRead, .watchList, .reseed: return nil
        case .force, .prove:
            // Answered by what follows.
            guard round.open.isEmpty, round.yes.count < quorum else { return nil }
        }
        guard round.yes.count + round.open.count < quorum else { return nil }
        return .failed(tooFew(round))
    }

    private func tooFew(_ round: Round) -> Failure {
        var isWrite = true
        switch round.kind {
        case .read, .queue, .list, .force, .prove, .watchRead, .watchList, .reseed: isWrite = false
        case .release, .renew, .propose, .closeSession: break
        }
        var failure = unavailable()
        failure.code = isWrite ? .unknown : .unavailable
        failure.message = "\(round.yes.count) of \(cluster.configuration.nodes) nodes answered"
        for node in round.failed { blame(node, in: &failure) }
        return failure
    }

    /// What a round makes necessary once all have answered.
    private mutating func afterwards(_ round: Round) {
        switch round.kind {
        case .renew(let names, let grant, let ttl):
            let quorum = cluster.configuration.quorum
            guard round.renewed(quorum: quorum) != nil else {
                if !round.no.isEmpty { endAutoRenewal(grant) }
                return
            }
            let lacking = round.no.union(round.otherwise(quorum: quorum))
            guard !lacking.isEmpty else { return }
            let key = open(.reseed(grant: grant, ttlMilliseconds: ttl, on: lacking), nil)
            rounds[key]?.open = round.yes
            for source in round.yes { send(source, Tag(.round, key), .read(names: names)) }
        case .force(let name, let fence): force(round, name, fence)
        case .propose(let grant, let sequence, let value):
            guard round.yes.count >= cluster.configuration.quorum else { return }
            guard let id = sessionOfGrant[grant] else { return }
            sessions[id]?.propose(grant, sequence: sequence, value: value)
        case .closeSession(let id):
            for node in round.yes { sweepNow(node) }
            for node in round.failed { cleanUp(node, .close(id)) }
        case .release(let step):
            for node in round.failed { cleanUp(node, step) }
        case .prove(let request, let locks):
            guard let call = round.call, round.yes.count >= cluster.configuration.quorum else {
                return
            }
            proved(call, request, states(of: locks, round))
        case .watchRead(let names):
            let isRead = round.yes.count >= cluster.configuration.quorum
            watchRead(names, isRead ? names.indices.map { merge($0, round) } : nil)
        case .watchList(let call, _):
            let isListed = round.yes.count >= cluster.configuration.quorum
            watchListed(call, isListed ? round.names : nil)
        case .reseed(let grant, let ttl, let nodes): reseed(round, grant, ttl, nodes)
        case .read, .queue, .list: break
        }
    }

    /// Puts a grant that a quorum holds on the nodes that lack it, where a quorum has it under one
    /// fence: that is the one that was told. A node that granted late, and was never told, has one of
    /// its own, which must not spread; to put nothing back is always safe.
    private mutating func reseed(
        _ round: Round, _ grant: GrantID, _ ttl: UInt64, _ nodes: NodeSet
    ) {
        // Of those that have it, the one that has heard most of what its holder said.
        let known = round.views.keys.sorted().compactMap {
            node -> (views: [LockView], copy: GrantView)? in
            let views = round.views[node] ?? []
            let copies = views.compactMap { $0.grants.first { $0.joined.contains(grant) } }
            guard copies.count == views.count, let copy = copies.first else { return nil }
            return (views, copy)
        }
        let told = known.filter { one in
            known.count { $0.copy.fence == one.copy.fence && $0.copy.mode == one.copy.mode }
                >= cluster.configuration.quorum
        }
        let newest = told.max { $0.copy.sequence < $1.copy.sequence }
        guard let (views, copy) = newest, copy.session == nil else { return }
        let seed = GrantSeed(
            names: views.map(\.name), grant: copy.grant, holder: copy.holder, mode: copy.mode,
            fence: copy.fence, ttlMilliseconds: ttl,
            lockDelayMilliseconds: copy.lockDelayMilliseconds, sequence: copy.sequence,
            value: copy.value)
        for node in nodes where cluster.voters.contains(node) {
            send(
                node, Tag(.closing),
                .renew(names: seed.names, grant: grant, ttlMilliseconds: ttl, seed: seed))
        }
    }

    private mutating func force(_ round: Round, _ name: String, _ fence: Fence?) {
        guard let call = round.call else { return }
        var grants: Set<GrantID> = []
        for views in round.views.values {
            for grant in views.first?.grants ?? [] where fence == nil || grant.fence == fence {
                grants.insert(grant.grant)
            }
        }
        guard !grants.isEmpty else {
            respond(call, .released(false))
            return
        }
        // One answer, for the last of them.
        let sorted = grants.sorted()
        for (number, grant) in sorted.enumerated() {
            var step = ReleaseStep(names: [name], grant: grant)
            step.isForced = true
            step.isBuried = true
            start(
                .release(step), number == sorted.count - 1 ? call : nil, .release(step))
        }
        turnOfOthers([name], after: .shared)
    }
}

extension Round {
    mutating func take(_ node: NodeIndex, _ reply: NodeReply) {
        open.remove(node)
        switch (kind, reply) {
        case (.release, .released(let held, _)):
            yes.insert(node)
            if held { wasHeld = true }
        case (.renew, .renewed(.held(let fence, let mode))):
            yes.insert(node)
            if mode == .shared { shared.insert(node) }
            // A node that said yes late may not have been told the fence yet.
            if yes.count == 1 { self.fence = fence } else if self.fence != fence { self.fence = 0 }
        case (.renew, .renewed): no.insert(node)
        case (.propose, .done(let isDone)):
            if isDone { yes.insert(node) } else { no.insert(node) }
        case (.read, .locks(let list)), (.prove, .locks(let list)), (.force, .locks(let list)),
            (.watchRead, .locks(let list)), (.reseed, .locks(let list)):
            yes.insert(node)
            views[node] = list
        case (.queue, .queue(let list)):
            yes.insert(node)
            places[node] = list
        case (.closeSession, .accepted): yes.insert(node)
        case (.list, .names), (.watchList, .names): yes.insert(node)
        default: failed.insert(node)
        }
    }

    /// How many nodes have prolonged the grant as its owner has it, or nil where that is not known to
    /// be a quorum. A node that has it shared does not count for an exclusive one, which it is where
    /// a quorum has it so; the other way round it does.
    func renewed(quorum: Int) -> Int? {
        let exclusive = yes.subtracting(shared)
        if exclusive.count >= quorum { return exclusive.count }
        if shared.count >= quorum { return yes.count }
        let mayBeExclusive = exclusive.union(open).union(failed).count >= quorum
        return yes.count >= quorum && open.isEmpty && !mayBeExclusive ? yes.count : nil
    }

    /// Who has the grant in another mode than a quorum.
    func otherwise(quorum: Int) -> NodeSet {
        let exclusive = yes.subtracting(shared)
        if exclusive.count >= quorum { return shared }
        return shared.count >= quorum ? exclusive : NodeSet()
    }

    mutating func silence() {
        failed = failed.union(open)
        open = NodeSet()
    }
}

extension NodeReply {
    /// Whether a node that gave no proper answer may have done what it was asked.
    var mayBeDone: Bool {
        switch self {
        case .failed(.notSent), .failed(.refusedByNode), .refused: false
        default: true
        }
    }
}
