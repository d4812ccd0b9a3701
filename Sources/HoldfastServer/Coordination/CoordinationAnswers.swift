internal import HoldfastBase
internal import HoldfastCoordination
internal import HoldfastNode
internal import HoldfastRPC
internal import HoldfastWire

/// Outcomes of the brain as the messages of the services. Pure.
///
/// Each kind of request has its kinds of outcome. Another one would be a mistake of ours: the caller
/// gets INTERNAL, and not a made-up answer.
struct CoordinationAnswers {
    /// How many nodes there are.
    let nodes: Int

    func answer(_ call: consuming HeldCall, _ form: AnswerForm, _ outcome: Outcome) {
        if case .notReleased(let isForced, let fence) = form {
            notReleased(call, isForced, fence, outcome)
            return
        }
        if case .failed(let failure) = outcome {
            call.fail(failure.rpcError)
            return
        }
        switch (form, outcome) {
        case (.acquire(let grant, let names, let ttl), let outcome):
            switch outcome {
            case .granted(let granted):
                call.respond(AcquireResponse(outcome: .held(held(grant, ttl, granted))))
            case .notHeld(let refused):
                call.respond(AcquireResponse(outcome: .notHeld(notHeld(names, refused))))
            default: call.fail(Self.mistake)
            }
        case (.tryAcquire(let grant, let names, let ttl), let outcome):
            switch outcome {
            case .granted(let granted):
                call.respond(TryAcquireResponse(outcome: .held(held(grant, ttl, granted))))
            case .notHeld(let refused):
                call.respond(TryAcquireResponse(outcome: .notHeld(notHeld(names, refused))))
            default: call.fail(Self.mistake)
            }
        case (.changeMode(let grant, let names), let outcome):
            switch outcome {
            case .granted(let granted):
                call.respond(ChangeModeResponse(outcome: .held(held(grant, 0, granted))))
            case .notHeld(let refused):
                call.respond(ChangeModeResponse(outcome: .notHeld(notHeld(names, refused))))
            default: call.fail(Self.mistake)
            }
        case (.campaign(let grant, let ttl), let outcome): campaign(call, grant, ttl, outcome)
        case (.renew(let ttl), .renewed(let fence, let strength)):
            call.respond(
                RenewResponse(
                    fence: fence, ttlMs: ttl, strength: UInt32(strength), nodes: UInt32(nodes)))
        case (.renewLead(let ttl), .renewed(let fence, let strength)):
            call.respond(
                RenewLeadResponse(fence: fence, ttlMs: ttl, strength: UInt32(strength)))
        case (.release, .released(let wasHeld)):
            call.respond(ReleaseResponse(wasHeld: wasHeld))
        case (.forceRelease, .released(let wasHeld)):
            call.respond(ForceReleaseResponse(wasHeld: wasHeld))
        case (.resign, .released(let wasHeld)): call.respond(ResignResponse(led: wasHeld))
        case (.proclaim(let sequence), .done):
            call.respond(ProclaimResponse(sequence: sequence))
        case (.queue, .queue(let queue)): call.respond(Self.queue(queue))
        case (.getLock, .locks(let locks)) where locks.count == 1: call.respond(detail(locks[0]))
        case (.leader, .locks(let locks)) where locks.count == 1: call.respond(leader(locks[0]))
        case (.listLocks(let next), .locks(let locks)): call.respond(page(locks, next))
        case (.listLocks, .names): call.respond(page([], nil))
        case (.openSession(let id), .session(let state)):
            call.respond(
                OpenSessionResponse(
                    session: id.bytes, ttlMs: state.ttlMilliseconds,
                    strength: UInt32(state.strength), nodes: UInt32(nodes)))
        case (.keepAlive, .session(let state)): call.respond(alive(state))
        case (.closeSession, .released), (.closeSession, .done):
            call.respond(CloseSessionResponse())
        case (.listGrants, .grants(let grants)):
            call.respond(
                ListGrantsResponse(grants: grants.map(grant), nodes: UInt32(nodes)))
        case (.getKey, _), (.putKey, _), (.deleteKey, _), (.listKeys, _), (.batchKeys, _):
            KeyAnswers.answer(call, form, outcome)
        default: call.fail(Self.mistake)
        }
    }

    static var mistake: RPCError {
        unreachable("an outcome of another kind than the request")
        return RPCError(.internal, "the outcome is of another kind than the request")
    }

    // MARK: Grants

    private func held(_ grant: GrantID, _ ttl: UInt64, _ granted: Outcome.Granted) -> LockHeld {
        LockHeld(
            grant: grant.bytes, fence: granted.fence, ttlMs: ttl,
            waitedMs: granted.waitedMilliseconds, strength: UInt32(granted.strength),
            nodes: UInt32(granted.nodes), joined: granted.isJoined)
    }

    private func notHeld(_ names: [String], _ outcome: Outcome.NotHeld) -> LockNotHeld {
        let refusal = outcome.refusal
        return LockNotHeld(
            obstacle: obstacle(refusal.reason),
            name: refusal.name < names.count ? NameSpace.lock.strip(names[refusal.name]) : "",
            holderFence: refusal.holderFence, holderMetadata: refusal.value,
            remaining: refusal.remainingMilliseconds.map { .remainingMs($0) },
            waiting: UInt32(clamping: refusal.waiting), ahead: UInt32(clamping: refusal.ahead),
            waitedMs: outcome.waitedMilliseconds)
    }

    private func obstacle(_ reason: Refusal.Reason) -> LockObstacle {
        switch reason {
        case .held: .held
        case .queued: .queued
        case .delayed: .delayed
        case .own: .own
        }
    }

    private func campaign(
        _ call: consuming HeldCall, _ grant: GrantID, _ ttl: UInt64, _ outcome: Outcome
    ) {
        switch outcome {
        case .granted(let granted):
            let lead = Lead(
                key: grant.bytes, fence: granted.fence, ttlMs: ttl,
                waitedMs: granted.waitedMilliseconds, strength: UInt32(granted.strength),
                nodes: UInt32(granted.nodes))
            call.respond(CampaignResponse(outcome: .lead(lead)))
        case .notHeld(let refused):
            let refusal = refused.refusal
            let other = NotElected(
                leaderFence: refusal.holderFence, leaderValue: refusal.value,
                remaining: refusal.remainingMilliseconds.map { .remainingMs($0) },
                waiting: UInt32(clamping: refusal.waiting),
                waitedMs: refused.waitedMilliseconds)
            call.respond(CampaignResponse(outcome: .notElected(other)))
        default: call.fail(Self.mistake)
        }
    }

    // MARK: Sessions

    private func alive(_ state: Outcome.SessionState) -> KeepAliveResponse {
        KeepAliveResponse(
            ttlMs: state.ttlMilliseconds, strength: UInt32(state.strength), nodes: UInt32(nodes),
            lost: state.lost.map(\.bytes), grantsCount: state.count, grantsDigest: state.digest)
    }

    private func grant(_ grant: SessionGrant) -> SessionGrantInfo {
        func names(_ space: NameSpace) -> [String] {
            grant.names.filter(space.contains).map(space.strip)
        }
        return SessionGrantInfo(
            grant: grant.grant.bytes, names: names(.lock), elections: names(.election),
            shared: grant.mode == .shared, fence: grant.fence, strength: UInt32(grant.strength))
    }

    // MARK: Streams

    /// Sends one more element on a stream.
    func emit(_ event: StreamEvent, to call: borrowing OpenCall) {
        switch (call.form, event) {
        case (.watch, .lock(let state, let version)):
            call.held.send(WatchResponse(event: .changed(changed(state, version))))
        case (.watch, .synced(let token)):
            let synced = WatchSynced(resumeToken: ResumeToken.make(token))
            call.held.send(WatchResponse(event: .synced(synced)))
        case (.observe, .lock(let state, let version)):
            call.held.send(
                ObserveResponse(leadership: leader(state).leadership, version: version))
        case (.watchKeys(let space, let isKeysOnly), _):
            KeyAnswers.emit(event, space, isKeysOnly, to: call.held)
        // One who observes has been told of the one election by then.
        case (.observe, .synced): break
        case (.sessionEvents, .lost(let grants)):
            let lost = GrantsLost(grants: grants.map(\.bytes))
            call.held.send(SessionEventsResponse(event: .lost(lost)))
        case (.sessionEvents, .sessionEnded):
            call.held.send(SessionEventsResponse(event: .ended(SessionEnded())))
        default: unreachable("an event of another kind than the stream")
        }
    }

    private func changed(_ state: LockState, _ version: UInt64) -> LockChanged {
        LockChanged(
            name: NameSpace.lock.strip(state.name), version: version,
            holders: zip(state.grants, state.strengths).map { grant, strength in
                WatchedHolder(
                    fence: grant.fence, shared: grant.mode == .shared, metadata: grant.value,
                    strength: UInt32(strength))
            }, waiting: UInt32(clamping: state.waiting))
    }

    // MARK: Looking

    private func detail(_ lock: LockState) -> GetLockResponse {
        let perNode = lock.perNode.sorted { $0.key < $1.key }
        let answers = Set(perNode.map { Set($0.value.grants.map(\.grant)) })
        return GetLockResponse(
            lock: info(lock),
            perNode: perNode.map { node, view in
                LockOnNode(
                    node: UInt32(node), grants: view.grants.map(\.grant.bytes),
                    fence: view.counter, waiting: UInt32(clamping: view.waiting))
            }, agreed: answers.count <= 1, missing: missing(lock))
    }

    /// The nodes that did not answer.
    private func missing(_ lock: LockState) -> [UInt32] {
        (0..<nodes).filter { lock.perNode[$0] == nil }.map { UInt32($0) }
    }

    private func page(_ locks: [LockState], _ next: ListID?) -> ListLocksResponse {
        // Those that were given back since their names were read are not held any more.
        let infos = locks.map(info)
        var response = ListLocksResponse(locks: infos.filter { !$0.holders.isEmpty })
        response.nodes = UInt32(nodes)
        response.missing = locks.first.map(missing) ?? []
        if let next, let last = infos.last {
            response.nextPageToken = PageToken(list: next, after: last.name).bytes
        }
        return response
    }

    private func info(_ lock: LockState) -> LockInfo {
        LockInfo(
            name: NameSpace.lock.strip(lock.name),
            holders: zip(lock.grants, lock.strengths).map(holder),
            waiting: UInt32(clamping: lock.waiting),
            delayMs: lock.perNode.values.map(\.delayMilliseconds).max() ?? 0,
            fence: lock.perNode.values.map(\.counter).max() ?? 0)
    }

    private func holder(_ grant: GrantView, _ strength: Int) -> LockHolder {
        LockHolder(
            grant: grant.grant.bytes, mode: grant.mode == .shared ? .shared : .exclusive,
            fence: grant.fence, session: grant.session?.bytes ?? [], holder: grant.holder,
            metadata: grant.value,
            remaining: grant.remainingMilliseconds.map { .remainingMs($0) },
            strength: UInt32(strength), entries: UInt32(clamping: grant.joined.count))
    }

    private func leader(_ lock: LockState) -> LeaderResponse {
        var response = LeaderResponse(waiting: UInt32(clamping: lock.waiting))
        if let grant = lock.grants.last, let strength = lock.strengths.last {
            response.leadership = Leadership(
                fence: grant.fence, value: grant.value, sequence: grant.sequence,
                remaining: grant.remainingMilliseconds.map { .remainingMs($0) },
                strength: UInt32(strength))
        }
        return response
    }
}
