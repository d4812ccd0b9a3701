internal import HoldfastBase
internal import HoldfastNode

/// A grant: asked of all voters, made by a quorum, taken back everywhere when it is not made.
extension Brain {
    mutating func acquire(
        _ call: CallID, _ request: AcquireRequest, _ connection: ConnectionID
    ) {
        if let key = waiting[request.grant] {
            takeOver(key, call, request, connection)
            return
        }
        // Who has waited before, by another server, keeps the place of then.
        let ticket = clock.next(wallMicroseconds: now.wallMicroseconds)
        let wish = Wish(
            request, ticket: ticket - min(ticket - 1, request.waitedMilliseconds * 1000),
            waitingServer: request.waitMilliseconds > 0 ? server : nil)
        let wait = Interval.milliseconds(Int64(clamping: request.waitMilliseconds))
        var acquisition = Acquisition(
            call: call, wish: wish, claim: nextClaim(request),
            round: GrantRound(asked: NodeSet(), quorum: 1, strength: 1), arrived: now.instant,
            tryStarted: now.instant,
            waitUntil: request.waitMilliseconds > 0 ? now.instant + wait : .zero)
        acquisition.connection = connection
        let key = acquisitions.insert(acquisition)
        acquisitionOfCall[call] = key
        if acquisition.waits { timers.add(.waitOver(key), at: acquisition.waitUntil) }
        let standsInLine = acquisition.waits && request.isFair && !request.isReentrant
        if standsInLine, isBehindOthers(wish) {
            queue(key)
            return
        }
        // Whoever comes while this one asks stands behind it at once and costs no node anything;
        // behind one who shares, others who share need not stand.
        if standsInLine, request.mode == .exclusive { queue(key) }
        startTry(key)
    }

    /// Changes the mode of a grant by the rounds of a grant: an exclusive one draws a new fence.
    mutating func change(
        _ call: CallID, _ names: [String], _ grant: GrantID, _ mode: LockMode
    ) {
        var request = AcquireRequest(names: names, grant: grant)
        request.mode = mode
        var acquisition = Acquisition(
            call: call, wish: Wish(request),
            round: GrantRound(asked: NodeSet(), quorum: 1, strength: 1), arrived: now.instant,
            tryStarted: now.instant, waitUntil: .zero)
        acquisition.purpose = .change(mode)
        let key = acquisitions.insert(acquisition)
        acquisitionOfCall[call] = key
        startTry(key)
    }

    /// The caller has sent its request again: the new call gets the answer, and its sending and its
    /// connection count from now on.
    private mutating func takeOver(
        _ key: SlotKey, _ call: CallID, _ request: AcquireRequest, _ connection: ConnectionID
    ) {
        guard acquisitions[key]?.request.isRepeated(by: request) == true else {
            let failure = Failure(.conflict, "another request with this request id is waiting")
            respond(call, .failed(failure))
            return
        }
        if let old = acquisitions[key]?.call {
            acquisitionOfCall[old] = nil
            respond(old, .failed(Failure(.cancelled, "the same request came again")))
        }
        acquisitions[key]?.call = call
        acquisitions[key]?.arrived = now.instant
        acquisitions[key]?.connection = connection
        acquisitionOfCall[call] = key
    }

    // MARK: Trying

    mutating func startTry(_ key: SlotKey) {
        guard prepareTry(key), let acquisition = acquisitions[key] else { return }
        let command: NodeCommand =
            switch acquisition.purpose {
            case .acquire: .acquire(acquisition.step)
            case .change(let mode):
                .change(
                    names: acquisition.request.names, grant: acquisition.request.grant, mode: mode,
                    proposed: mode == .exclusive ? acquisition.proposed : 0)
            }
        for node in acquisition.round.open {
            send(node, Tag(.vote, key, number: acquisition.number), command)
        }
    }

    /// Everything of a try but the sending; `false` when it cannot be.
    mutating func prepareTry(_ key: SlotKey) -> Bool {
        let proposed = clock.next(wallMicroseconds: now.wallMicroseconds)
        guard cluster.hasQuorum else {
            abandon(key, answer: .failed(unavailable()))
            return false
        }
        let voters = cluster.voters
        let quorum = cluster.configuration.quorum
        let epoch = cluster.epoch
        let instant = now.instant
        guard acquisitions.contains(key) else { return false }
        acquisitions[key]?.begin(
            asked: voters, quorum: quorum, epoch: epoch, proposed: proposed, at: instant)
        timers.add(
            .budget(key, number: acquisitions[key]?.number ?? 0),
            at: instant + cluster.configuration.nodeBudget)
        return true
    }

    mutating func voted(_ node: NodeIndex, _ tag: Tag, _ reply: NodeReply) {
        vote(
            tag.key, tag.number, node,
            reply: { if case .acquire(let reply) = reply { reply } else { nil } }(),
            mayBeDone: reply.mayBeDone)
    }

    /// A node's part in a try; `nil` where it did not answer.
    mutating func vote(
        _ key: SlotKey, _ number: UInt8, _ node: NodeIndex, reply: AcquireReply?, mayBeDone: Bool
    ) {
        // An answer to an earlier try: what that may have left was taken back when it ended.
        guard acquisitions[key]?.number == number else { return }
        discount(key)
        let decision: GrantRound.Decision
        if case .clockSkew = reply { clock.refused(wallMicroseconds: now.wallMicroseconds) }
        if let reply {
            decision = acquisitions[key]?.round.replied(node, reply) ?? .wait
            if case .granted(let fence, _) = reply {
                clock.observe(fence)
                if let acquisition = acquisitions[key], acquisition.phase == .closing {
                    noteLate(acquisition, node)
                }
            }
        } else {
            decision = acquisitions[key]?.round.failed(node, mayBeDone: mayBeDone) ?? .wait
        }
        decide(key, decision)
    }

    mutating func raised(_ node: NodeIndex, _ tag: Tag, _ reply: NodeReply) {
        guard acquisitions[tag.key]?.number == tag.number else { return }
        discount(tag.key)
        let isDone = reply == .done(true)
        decide(tag.key, acquisitions[tag.key]?.round.raised(node, isDone) ?? .wait)
    }

    mutating func budgetOver(_ key: SlotKey, _ number: UInt8) {
        guard acquisitions[key]?.number == number, acquisitions[key]?.round.isOver == false else {
            return
        }
        discount(key)
        decide(key, acquisitions[key]?.round.timeUp() ?? .wait)
    }

    private mutating func decide(_ key: SlotKey, _ decision: GrantRound.Decision) {
        switch decision {
        case .wait: break
        case .raise(let fence, let nodes): raise(key, .raise, nodes, fence)
        case .settle(let node, let fence):
            if acquisitions[key]?.phase == .closing, acquisitions[key]?.round.phase == .failed {
                break
            }
            raise(key, .closing, NodeSet([node]), fence)
        case .granted(let fence):
            granted(key, fence)
            raise(key, .closing, acquisitions[key]?.round.unsettled ?? NodeSet(), fence)
        case .failed: tryFailed(key)
        }
        finishIfOver(key)
    }

    private mutating func raise(
        _ key: SlotKey, _ kind: Tag.Kind, _ nodes: NodeSet, _ fence: Fence
    ) {
        guard let acquisition = acquisitions[key] else { return }
        for node in nodes {
            send(
                node, Tag(kind, key, number: acquisition.number),
                .raise(
                    names: acquisition.request.names, grant: acquisition.request.grant,
                    fence: fence), epoch: acquisition.epoch)
        }
    }

    private mutating func granted(_ key: SlotKey, _ fence: Fence) {
        guard let acquisition = acquisitions[key], acquisition.phase == .trying else { return }
        guard acquisition.call != nil else { return }
        if acquisition.purpose == .acquire, acquisition.request.session == nil {
            // Sent again since this try began: the caller counts from then, so must the nodes.
            guard acquisition.tryStarted >= acquisition.arrived else {
                startTry(key)
                return
            }
            // What is left must be worth having; the caller counts from its own sending.
            let ttl = Interval.milliseconds(Int64(clamping: acquisition.request.ttlMilliseconds))
            let margin = Interval(nanoseconds: ttl.nanoseconds / 100 + 2_000_000)
            guard
                (now.instant - acquisition.tryStarted)
                    < Interval(
                        nanoseconds: ttl.nanoseconds - margin.nanoseconds)
            else {
                tryFailed(key)
                return
            }
            cluster.granted(ttlMilliseconds: acquisition.request.ttlMilliseconds)
        }
        grantsMade &+= 1
        if acquisition.round.isRaised { grantsRaised &+= 1 }
        let isJoined =
            acquisition.purpose == .acquire
            && acquisition.round.primary != acquisition.request.grant
        answer(
            key,
            .granted(
                .init(
                    fence: fence, strength: acquisition.round.counted.count,
                    nodes: cluster.configuration.nodes,
                    waitedMilliseconds: milliseconds(acquisition.tryStarted - acquisition.arrived),
                    isJoined: isJoined)))
        acquisitions[key]?.phase = .closing
        noteGranted(acquisition, fence: fence)
        startAutoRenewal(acquisition)
        if acquisition.waits {
            leaveQueues(key)
            turnOfOthers(acquisition.request.names, after: acquisition.request.mode)
        }
    }

    private mutating func tryFailed(_ key: SlotKey) {
        guard let acquisition = acquisitions[key] else { return }
        let round = acquisition.round
        if acquisition.phase == .closing {
            return
        }
        if let refusal = round.refusal { acquisitions[key]?.lastRefusal = refusal }
        if mayRepeat(acquisition) {
            takeBack(key, isFinal: false)
            acquisitions[key]?.repeatsLeft -= 1
            acquisitions[key]?.phase = .queued
            retry(key, after: .milliseconds(20) + jitter(.milliseconds(30)))
        } else if acquisition.waits, round.refusal != nil, now.instant < acquisition.waitUntil {
            takeBack(key, isFinal: false)
            waitOn(key)
        } else {
            takeBack(key, isFinal: true)
            answer(key, failureOutcome(acquisition))
            acquisitions[key]?.phase = .closing
            if acquisition.waits {
                leaveQueues(key)
                turnOfOthers(acquisition.request.names, after: .shared)
            }
        }
    }

    /// Whether nothing but silence stood in the way: nodes that were moved to another epoch, or that
    /// did not answer while a quorum may still be there.
    private func mayRepeat(_ acquisition: Acquisition) -> Bool {
        acquisition.repeatsLeft > 0 && acquisition.round.refusal == nil
            && acquisition.round.obstacle == nil && acquisition.round.unknown.isEmpty
            && cluster.hasQuorum && acquisition.call != nil
    }

    private func failureOutcome(_ acquisition: Acquisition) -> Outcome {
        let round = acquisition.round
        if let refusal = round.refusal ?? acquisition.lastRefusal {
            return .notHeld(
                .init(
                    refusal: refusal,
                    waitedMilliseconds: milliseconds(now.instant - acquisition.arrived)))
        }
        switch round.obstacle {
        case .noSession:
            if acquisition.purpose != .acquire {
                return .failed(Failure(.notOwner, "the grant is not held any more"))
            }
            return .failed(
                Failure(.noSession, "the session does not exist or has expired: open a new one"))
        case .buried:
            return .failed(
                Failure(
                    .buried, "this acquire was released before it arrived: use a new request id"))
        case .full:
            return .failed(Failure(.full, "the lock has as many holders or waiters as it can have"))
        case .clockSkew(let microseconds):
            let ahead = Int64(clamping: now.wallMicroseconds) - Int64(clamping: microseconds)
            return .failed(
                Failure(.clockSkew, "this server's clock is \(ahead / 1000) ms ahead of a node's"))
        case .granted, .held, nil: break
        }
        if round.counted.count >= cluster.configuration.quorum {
            return .failed(
                Failure(
                    .tooWeak,
                    "\(round.counted.count) nodes could hold it, fewer than min_strength asks",
                    nodes: cluster.problems))
        }
        var failure = unavailable()
        if cluster.hasQuorum { failure.message = "too few nodes could do it in time" }
        for node in round.unknown.union(round.undone) { blame(node, in: &failure) }
        for node in round.yes.intersection(round.uncounted) {
            failure.nodes.append(
                NodeProblem(node: node, reason: "did not confirm the last renewal of the session"))
        }
        return .failed(failure)
    }

    /// Undoes on every node that may hold something of the try; with more tries to come, its place in
    /// the queue stays.
    mutating func takeBack(_ key: SlotKey, isFinal: Bool) {
        guard let acquisition = acquisitions[key] else { return }
        let touched = acquisition.round.touched
        if case .change(let mode) = acquisition.purpose {
            // A change that a quorum did not make is turned back: shared is what both sides allow.
            guard mode == .exclusive else { return }
            // What is tried later draws a larger fence, and is not to be undone by this.
            let fence = clock.next(wallMicroseconds: now.wallMicroseconds)
            for node in touched {
                cleanUp(
                    node,
                    .share(
                        names: acquisition.request.names, grant: acquisition.request.grant,
                        upTo: fence))
            }
            return
        }
        var step = ReleaseStep(names: acquisition.request.names, grant: acquisition.request.grant)
        step.claim = acquisition.claim
        if !isFinal, acquisition.waits { step.waitingAgain = acquisition.step }
        var nodes = touched
        // It has a place on those that do not vote now, too.
        if isFinal, acquisition.isKnownToNodes { nodes = cluster.configuration.all }
        #if HOLDFAST_PLANTS
            if Plant.silentForgotten.isActive { nodes = acquisition.round.yes }
        #endif
        for node in nodes {
            step.isBuried = isFinal && !acquisition.round.yes.contains(node)
            cleanUp(node, step)
        }
    }

    /// Different for every acquisition of every server, and larger for a later sending of the same
    /// request; never 0. What a server was asked before, and does late, must not take the grant from
    /// the server that was asked after it. Each try has a claim of its own, see `Claim`.
    private mutating func nextClaim(_ request: AcquireRequest) -> UInt64 {
        claims += 1
        let mixed = (server &* 0x9E37_79B9_7F4A_7C15) ^ (claims &* 0xD1B5_4A32_D192_ED03)
        // Below 2^53 with the try, so that it is a number everywhere: how long the caller has waited
        // already, up to some hours, which sending it is, and what tells servers apart.
        let waited = min(request.waitedMilliseconds, 1 << 24 - 1)
        let handling = waited << 19 | min(request.attempt, 15) << 15 | max(1, mixed >> 49)
        return handling * Claim.triesMax
    }

    mutating func answer(_ key: SlotKey, _ outcome: Outcome) {
        guard let call = acquisitions[key]?.call else { return }
        acquisitions[key]?.call = nil
        acquisitionOfCall[call] = nil
        respond(call, outcome)
    }

    /// Ends an acquisition before it is granted: the caller is gone, or has waited long enough.
    mutating func abandon(_ key: SlotKey, answer outcome: Outcome?) {
        guard let acquisition = acquisitions[key] else { return }
        if let call = acquisition.call, outcome == nil { acquisitionOfCall[call] = nil }
        if let outcome { answer(key, outcome) } else { acquisitions[key]?.call = nil }
        guard acquisition.phase != .closing else { return }
        #if HOLDFAST_PLANTS
            if Plant.cancelledStays.isActive, outcome == nil { return }
        #endif
        takeBack(key, isFinal: true)
        acquisitions[key]?.round.giveUp()
        acquisitions[key]?.phase = .closing
        if acquisition.waits {
            leaveQueues(key)
            turnOfOthers(acquisition.request.names, after: .shared)
        }
        finishIfOver(key)
    }

    func milliseconds(_ interval: Interval) -> UInt64 {
        UInt64(clamping: interval.nanoseconds / 1_000_000)
    }

    mutating func finishIfOver(_ key: SlotKey) {
        guard acquisitions[key]?.phase == .closing, acquisitions[key]?.round.isOver == true else {
            return
        }
        noteUncertain(acquisitions.remove(key))
    }

    /// A grant that was made while a node was silent: what was sent there may still arrive, so its
    /// release must bury it.
    private mutating func noteUncertain(_ acquisition: Acquisition?) {
        guard let acquisition, acquisition.purpose == .acquire,
            acquisition.round.phase == .granted, !acquisition.round.unknown.isEmpty
        else { return }
        uncertain.insert(acquisition.request.grant)
    }
}

extension Acquisition {
    mutating func begin(
        asked: NodeSet, quorum: Int, epoch: UInt64, proposed: Fence, at instant: Instant
    ) {
        phase = .trying
        number &+= 1
        timer &+= 1
        self.epoch = epoch
        tryStarted = instant
        self.proposed = proposed
        claim = Claim.next(claim)
        wakes = NodeSet()
        isWokenMeanwhile = false
        if waits { isKnownToNodes = true }
        round = GrantRound(asked: asked, quorum: quorum, strength: request.minStrength)
    }
}
