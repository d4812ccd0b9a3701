internal import HoldfastBase
internal import HoldfastNode

/// What the answers of several nodes to one question make, where nothing is changed by it.
///
/// All nodes are waited for, but not long where a quorum has answered and agrees: a node that hangs must
/// not make everybody who only looks wait for its whole budget. What then is missing is told.
extension Brain {
    /// How long all nodes are waited for.
    static func patience(_ budget: Interval) -> Interval {
        Interval(nanoseconds: budget.nanoseconds / 8)
    }

    /// A page of a list: of one that was begun, or the first of one.
    mutating func list(_ call: CallID, _ walk: ListWalk, _ list: ListID) {
        let begun = begunLists.page(
            of: list, walk.prefix, after: walk.after, limit: walk.limit, at: now.instant)
        if let begun {
            respond(call, .names(begun.names, next: begun.next))
            return
        }
        start(.list(walk), call, .list(prefix: walk.prefix, cursor: 0, limit: Self.listPage))
    }

    /// Answers with what there is, where the rest could not change it.
    mutating func answerEarly(_ key: SlotKey) {
        guard let round = rounds[key], round.call != nil, !round.open.isEmpty,
            round.yes.count >= cluster.configuration.quorum, isAgreed(round)
        else { return }
        rounds[key]?.call = nil
        respond(round.call, read(round))
    }

    /// Whether the nodes that answered have the same holders, under the same fences: a quorum then
    /// decides.
    private func isAgreed(_ round: Round) -> Bool {
        guard case .read(let names) = round.kind else { return true }
        return names.indices.allSatisfy { index in
            let answers = round.views.values.map { views in
                Set(
                    index < views.count ? views[index].grants.map { [$0.grant.low, $0.fence] } : [])
            }
            return answers.allSatisfy { $0 == answers.first }
        }
    }

    /// What a round that reads has found.
    mutating func read(_ round: Round) -> Outcome {
        switch round.kind {
        case .read(let names): return .locks(names.indices.map { merge($0, round) })
        case .queue(let name, let limit): return .queue(queue(name, limit, round))
        case .list(let walk):
            let page = begunLists.begin(
                walk.prefix, round.names, after: walk.after, limit: walk.limit, by: server,
                at: now.instant)
            return .names(page.names, next: page.next)
        case .release, .renew, .propose, .closeSession, .watchRead, .watchList, .reseed, .force,
            .prove:
            unreachable("a round that does not read")
            return .failed(unavailable())
        }
    }

    /// Who waits by way of this server, and the first of each other one, which is all that nodes know.
    private func queue(_ name: String, _ limit: Int, _ round: Round) -> QueueState {
        var found: [(ticket: UInt64, waiter: QueueState.Waiter)] = []
        var known: Set<GrantID> = []
        for key in queues[name]?.keys ?? [] {
            guard let acquisition = acquisitions[key], acquisition.phase != .closing else {
                continue
            }
            known.insert(acquisition.request.grant)
            // The first does not wait before it was refused.
            let isFirstTry = acquisition.phase == .trying && acquisition.lastRefusal == nil
            if !isFirstTry { found.append((acquisition.wish.ticket, waiter(acquisition))) }
        }
        for place in round.places.keys.sorted().flatMap({ round.places[$0] ?? [] })
        where place.server != server && known.insert(place.grant).inserted {
            let waited = now.wallMicroseconds - min(now.wallMicroseconds, place.ticket)
            let waiter = QueueState.Waiter(
                grant: place.grant, mode: place.mode, session: place.session, holder: "",
                value: [], waitedMilliseconds: waited / 1000, isElsewhere: true)
            found.append((place.ticket, waiter))
        }
        found.sort { ($0.ticket, $0.waiter.grant) < ($1.ticket, $1.waiter.grant) }
        return QueueState(waiters: found.prefix(limit).map(\.waiter), count: found.count)
    }

    private func waiter(_ acquisition: Acquisition) -> QueueState.Waiter {
        let request = acquisition.request
        let here = milliseconds(now.instant - acquisition.arrived)
        return QueueState.Waiter(
            grant: request.grant, mode: request.mode, session: request.session,
            holder: request.holder, value: request.value,
            waitedMilliseconds: here &+ request.waitedMilliseconds, isElsewhere: false)
    }

    func merge(_ index: Int, _ round: Round) -> LockState {
        var perNode: [Int: LockView] = [:]
        var copies: [GrantID: [GrantView]] = [:]
        var waiting = 0
        for node in round.views.keys.sorted() {
            guard let views = round.views[node], index < views.count else { continue }
            perNode[node] = views[index]
            waiting = max(waiting, views[index].waiting)
            for grant in views[index].grants { copies[grant.grant, default: []].append(grant) }
        }
        let missing = cluster.configuration.nodes - perNode.count
        let held = copies.values
            .filter { $0.count + missing >= cluster.configuration.quorum }
            .map { copies in
                var view = copies[0]
                for copy in copies where copy.sequence > view.sequence { view = copy }
                view.fence = Self.fence(of: copies, quorum: cluster.configuration.quorum)
                // To share again keeps the fence.
                let told = copies.filter { $0.fence == view.fence }
                view.mode = told.contains { $0.mode == .shared } ? .shared : .exclusive
                // A node that said yes late, and was not told the fence yet, does not bear this one.
                let strength = copies.count { $0.fence == view.fence }
                return (view: view, strength: strength)
            }
            .sorted { ($0.view.fence, $0.view.grant) < ($1.view.fence, $1.view.grant) }
        let name = perNode.values.first?.name ?? ""
        return LockState(
            name: name, grants: held.map(\.view), strengths: held.map(\.strength),
            waiting: max(waiting, queues[name]?.count ?? 0), perNode: perNode)
    }

    /// The fence that a quorum has. A node that said yes late has its own until it is told; where no
    /// quorum has the same, the grant is being made, and its fence will be the largest.
    private static func fence(of copies: [GrantView], quorum: Int) -> Fence {
        var largest: Fence = 0
        for copy in copies {
            let same = copies.count { $0.fence == copy.fence }
            if same >= quorum { return copy.fence }
            largest = max(largest, copy.fence)
        }
        return largest
    }
}

extension Round.Kind {
    /// The walk of one that is.
    var walk: ListWalk? {
        switch self {
        case .list(let walk), .watchList(_, let walk): walk
        default: nil
        }
    }

    /// Whether it asks for what a caller wants to see, and changes nothing.
    var isRead: Bool {
        switch self {
        case .read, .queue, .list: true
        case .release, .renew, .propose, .closeSession, .watchRead, .watchList, .reseed, .force,
            .prove:
            false
        }
    }
}
