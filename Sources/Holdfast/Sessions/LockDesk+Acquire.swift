internal import HoldfastBase
internal import HoldfastCalls
internal import HoldfastWire

/// Acquires, and releases of guards.
extension LockDesk {
    private enum Outcome {
        case held(GuardCore)
        /// Its session is over: nothing of the acquire is left.
        case sessionOver(LossReason)
    }

    private struct Answer {
        var fence: UInt64
        var strength: Int
        var waited: Interval
        var isJoined = false
    }

    /// Waits for a grant and takes it.
    ///
    /// - Parameter own: the session of one's own, where the grant is to live in one.
    func acquire(_ wish: LockWish, in own: SessionKeeper? = nil) async throws -> GuardCore {
        if let complaint = wish.options.complaint { throw HoldfastError.configuration(complaint) }
        guard !wish.names.isEmpty else { throw HoldfastError.configuration("no name is given") }
        let begun = clock.now()
        let patience = wish.options.patience
        let give = Interval(options.answerPatience)
        for _ in 0..<ClientLimits.sessionsTriedMax {
            let left = max(.zero, begun + patience - clock.now())
            let keeper = try await keeper(for: wish, own, until: begun + patience + give)
            switch try await acquire(wish, in: keeper, wait: left) {
            case .held(let core):
                journal.note(.acquired(after: clock.now() - begun))
                return core
            case .sessionOver(let reason):
                guard own == nil else {
                    throw Self.over(.lost(reason))
                }
            }
        }
        throw HoldfastError.unavailable(
            "the client's sessions end as soon as they are open: are the nodes up?")
    }

    /// The session for a wish, open; `nil` for a grant with a life of its own.
    private func keeper(
        for wish: LockWish, _ own: SessionKeeper?, until end: Instant
    ) async throws -> SessionKeeper? {
        if let own {
            if let how = try await own.ready(until: end) { throw Self.over(how) }
            guard !own.isFull else {
                throw HoldfastError(
                    .exhausted, "the session has as many grants as one can have: open another")
            }
            return own
        }
        guard wish.options.autoRenew else { return nil }
        let kind = SessionKind(ttl: Interval(wish.options.ttl), interval: wish.options.interval)
        while true {
            let keeper = try sharedKeeper(kind)
            guard let how = try await keeper.ready(until: end) else { return keeper }
            switch how {
            case .closed, .lost: break
            case .failed(let error):
                guard AcquireMachine.mayRepeat(error), clock.now() < end else {
                    throw HoldfastError(error)
                }
            }
            forget(keeper)
        }
    }

    static func over(_ end: SessionMachine.End) -> HoldfastError {
        switch end {
        case .lost(let reason):
            .state("the session is over", context: ["why": reason.explanation])
        case .closed: .state("the session is closed")
        case .failed(let error): HoldfastError(error)
        }
    }

    private func acquire(
        _ wish: LockWish, in keeper: SessionKeeper?, wait: Interval
    ) async throws -> Outcome {
        let id = RequestID.random()
        if let keeper, !keeper.acquireBegan(id) { return .sessionOver(.sessionOver) }
        var machine = AcquireMachine(wait: wait, patience: Interval(options.answerPatience))
        while true {
            let result = await send(wish, id, keeper, machine.send(clock.now()))
            switch result {
            case .success(.held(let answer)):
                return try take(wish, id, keeper, machine, answer)
            case .success(.refused(let refusal, let waited)):
                end(wish, id, keeper, isOpen: machine.mustGiveBack)
                if wish.options.patience == .zero { throw NotAcquired(refusal) }
                throw TimedOut(waited: waited.duration, refusal)
            case .failure(let error):
                if error.reason == "LOCK_NO_SESSION" { keeper?.doubt() }
                let next = machine.failed(error, clock.now(), isCancelled: Task.isCancelled)
                guard case .sendAgain(let pause) = next, !isClosed else {
                    end(wish, id, keeper, isOpen: next != .fail(isOpen: false))
                    if Task.isCancelled || error.code == .cancelled { throw CancellationError() }
                    throw HoldfastError(error)
                }
                do {
                    if pause > .zero { try await Task.sleep(for: pause.duration) }
                } catch {
                    end(wish, id, keeper, isOpen: true)
                    throw CancellationError()
                }
                if case .lost(let reason)? = keeper?.end {
                    return .sessionOver(reason)
                }
            }
        }
    }

    private enum Reply {
        case held(Answer)
        case refused(Refusal, waited: Interval)
    }

    private func send(
        _ wish: LockWish, _ id: RequestID, _ keeper: SessionKeeper?,
        _ sending: AcquireMachine.Sending
    ) async -> Result<Reply, RPCError> {
        let options = once(
            sending.timeout, id: id, weight: sending.wait > .zero ? .waits : .usual)
        do throws(RPCError) {
            if case .election(let value) = wish.kind {
                let request = wish.campaignRequest(value: value, session: keeper?.id, sending)
                return .success(
                    try Self.reply(
                        try await elections.campaign(request, options: options), wish))
            }
            let request = wish.acquireRequest(session: keeper?.id, sending)
            return .success(
                try Self.reply(try await locks.acquire(request, options: options), wish))
        } catch {
            return .failure(error)
        }
    }

    private static func reply(
        _ response: AcquireResponse, _ wish: LockWish
    ) throws(RPCError) -> Reply {
        switch response.outcome {
        case .held(let held):
            return .held(
                Answer(
                    fence: held.fence, strength: Int(held.strength),
                    waited: Interval(wireMilliseconds: held.waitedMs), isJoined: held.joined))
        case .notHeld(let not):
            let index = wish.wireNames.firstIndex(of: not.name) ?? 0
            return .refused(
                Refusal(not, name: wish.names[index]),
                waited: Interval(wireMilliseconds: not.waitedMs))
        case nil: throw RPCError(.internal, "the answer says neither held nor not held")
        }
    }

    private static func reply(
        _ response: CampaignResponse, _ wish: LockWish
    ) throws(RPCError) -> Reply {
        switch response.outcome {
        case .lead(let lead):
            return .held(
                Answer(
                    fence: lead.fence, strength: Int(lead.strength),
                    waited: Interval(wireMilliseconds: lead.waitedMs)))
        case .notElected(let not):
            return .refused(
                Refusal(not, name: wish.names[0]),
                waited: Interval(wireMilliseconds: not.waitedMs))
        case nil: throw RPCError(.internal, "the answer says neither elected nor not elected")
        }
    }

    /// Granted: makes the guard, or gives the grant back where nobody can count on it any more.
    private func take(
        _ wish: LockWish, _ id: RequestID, _ keeper: SessionKeeper?, _ machine: AcquireMachine,
        _ answer: Answer
    ) throws -> Outcome {
        guard !Task.isCancelled else {
            // The grant has crossed the cancellation.
            end(wish, id, keeper, isOpen: true)
            throw CancellationError()
        }
        let ttl = Interval(wish.options.ttl)
        func ends(after length: Interval) -> Instant {
            Validity.end(sent: machine.firstSent, waited: answer.waited, ttl: length)
        }
        func core(until deadline: Instant) -> GuardCore {
            let longest = wish.options.maxHold.map { ends(after: Interval($0)) } ?? .never
            return GuardCore(
                wish, id: id, fence: answer.fence, strength: answer.strength,
                isSole: machine.isSole, keeper: keeper, clock: clock,
                machine: GuardMachine(
                    deadline: deadline, lifetime: keeper?.kind.ttl ?? ttl, longest: longest))
        }
        guard let keeper else {
            let made = core(until: ends(after: ttl))
            if let lost = made.lost {
                end(wish, id, nil, isOpen: true)
                throw lost
            }
            guard leaseBegan(made) else {
                end(wish, id, nil, isOpen: true)
                throw HoldfastError.state("the client is closed")
            }
            watch(made)
            return .held(made)
        }
        let made = keeper.acquired(
            id, wish, fence: answer.fence, isJoined: answer.isJoined, make: core)
        guard let made else {
            end(wish, id, keeper, isOpen: true)
            return .sessionOver(.sessionOver)
        }
        if wish.options.maxHold != nil { watch(made) }
        return .held(made)
    }

    /// Has a guard look at the time by itself: one whose end is not that of its session.
    private func watch(_ core: GuardCore) {
        let timer = ClientTimer(channel.eventLoop, clock) { [weak self, weak core] timer in
            guard let core else { return timer.cancel() }
            let state = core.state
            guard !state.isHeld else { return timer.arm(core.wake) }
            timer.cancel()
            self?.leaseEnded(core)
            guard case .lost(let reason) = state else { return }
            core.keeper?.releaseBegan(core.id)
            self?.lostGuard(core, reason)
        }
        timer.arm(core.wake)
    }

    /// The acquire is over without a guard.
    private func end(
        _ wish: LockWish, _ id: RequestID, _ keeper: SessionKeeper?, isOpen: Bool
    ) {
        keeper?.acquireEnded(id, isOpen: isOpen)
        guard isOpen else { return }
        giveBack(Remains(wish, id, isSole: false, keeper: keeper))
    }

    // MARK: Releasing

    /// Gives a guard's grant back. Not ended by cancellation of the caller, and bounded in time: what
    /// is not answered by then goes on in the background.
    func release(_ core: GuardCore) async throws {
        switch core.releaseAsked() {
        case .isReleased: return
        case .isLost(let reason):
            throw LockLost(names: core.wish.names, fence: core.fence, reason: reason)
        case .send: break
        }
        _ = core.claimGiveBack()
        core.keeper?.releaseBegan(core.id)
        leaseEnded(core)
        let remains = Remains(core.wish, core.id, isSole: core.isSole, keeper: core.keeper)
        let end = clock.now() + Interval(options.releasePatience)
        let shielded = Task { await release(remains, until: end) }
        switch await shielded.value {
        case .answered(let wasHeld, let isFirst):
            core.keeper?.releaseEnded(core.id)
            journal.note(.released)
            // Held until now, as far as anybody here knew: the work may not have been alone.
            if !wasHeld, isFirst, core.isSole {
                throw LockLost(names: core.wish.names, fence: core.fence, reason: .takenAway)
            }
        case .failed(let error):
            giveBack(remains)
            throw HoldfastError(error)
        }
    }
}
