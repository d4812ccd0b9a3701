internal import HoldfastBase
internal import HoldfastRuntime
internal import HoldfastWire
internal import Synchronization

/// Keeps one session alive, on the client's own thread: the shell of a `SessionMachine`.
///
/// Timers and the calls of keep-alives run on the loop of the channel, whatever user code does with
/// the threads that run tasks. Callers on other threads touch the ledger under the lock; everything
/// else is told to the machine on the loop.
final class SessionKeeper: Sendable {
    private struct Contents {
        var machine: SessionMachine
        var guards: [RequestID: GuardCore] = [:]
    }

    let id: RequestID
    let kind: SessionKind
    let opened = OneShot<SessionMachine.Phase>()
    let ended = OneShot<SessionMachine.End>()
    private let desk: LockDesk
    private let contents: Mutex<Contents>
    private let timer: Mutex<ClientTimer?> = Mutex(nil)

    init(_ desk: LockDesk, _ kind: SessionKind, isOwned: Bool) {
        self.desk = desk
        self.kind = kind
        id = .random()
        contents = Mutex(
            Contents(
                machine: SessionMachine(
                    id: id, ttl: kind.ttl, interval: kind.interval, isOwned: isOwned,
                    now: desk.clock.now())))
        let timer = ClientTimer(desk.channel.eventLoop, desk.clock) { [weak self] _ in
            self?.step { machine, now in machine.timeReached(now) }
        }
        self.timer.withLock { $0 = timer }
    }

    // MARK: From any thread

    var deadline: Instant { contents.withLock { $0.machine.deadline } }

    var isAlive: Bool {
        let now = desk.clock.now()
        return contents.withLock { $0.machine.phase == .alive && now < $0.machine.deadline }
    }

    /// How it ended, when it has.
    var end: SessionMachine.End? {
        contents.withLock { contents in
            if case .over(let end) = contents.machine.phase { end } else { nil }
        }
    }

    /// Whether a list of its grants would become too long for one answer.
    var isFull: Bool {
        contents.withLock { $0.machine.ledger.listingBytes >= ClientLimits.sessionListingBytesMax }
    }

    /// Waits until the session is open; how it ended when it is over by then.
    func ready(until instant: Instant) async throws -> SessionMachine.End? {
        let mayOpen = contents.withLock { $0.machine.wanted(until: instant) }
        if mayOpen, opened.value == nil {
            desk.channel.eventLoop.post { [self] _ in
                step { machine, now in machine.timeReached(now) }
            }
        }
        guard let phase = await opened.wait() else { throw CancellationError() }
        if case .over(let end) = phase { return end }
        return end
    }

    func acquireBegan(_ id: RequestID) -> Bool {
        contents.withLock { $0.machine.acquireBegan(id) }
    }

    func acquireEnded(_ id: RequestID, isOpen: Bool) {
        contents.withLock { $0.machine.acquireEnded(id, isOpen: isOpen) }
    }

    /// Takes a grant in; `make` is given the deadline. `nil` when the session is over.
    func acquired(
        _ id: RequestID, _ wish: LockWish, fence: UInt64, isJoined: Bool,
        make: (Instant) -> GuardCore
    ) -> GuardCore? {
        let now = desk.clock.now()
        return contents.withLock { contents in
            let deadline = contents.machine.acquired(
                id, names: wish.wireNames, isElection: wish.isElection, fence: fence,
                isJoined: isJoined, now: now)
            guard let deadline else { return nil }
            let core = make(deadline)
            contents.guards[id] = core
            return core
        }
    }

    /// A guard is done; its grant is on its way back, and is not renewed any more.
    func releaseBegan(_ id: RequestID) {
        contents.withLock { contents in
            contents.machine.releaseBegan(id)
            contents.guards[id] = nil
        }
    }

    func releaseEnded(_ id: RequestID) {
        contents.withLock { $0.machine.releaseEnded(id) }
    }

    /// A server does not know the session: the next keep-alive tells whether it is over.
    func doubt() {
        desk.channel.eventLoop.post { [self] _ in
            step { machine, now in machine.doubted(now) }
        }
    }

    func close(isTold: Bool = true) {
        desk.channel.eventLoop.post { [self] _ in
            step { machine, _ in machine.closeAsked(isTold: isTold) }
        }
    }

    // MARK: On the loop

    private func step(_ event: (inout SessionMachine, Instant) -> [SessionMachine.Action]) {
        let now = desk.clock.now()
        let (actions, wake) = contents.withLock { contents in
            (event(&contents.machine, now), contents.machine.wake)
        }
        for action in actions { perform(action) }
        timer.withLock { $0 }?.arm(wake)
    }

    private func perform(_ action: SessionMachine.Action) {
        switch action {
        case .sendOpen(let attempt, let timeout): sendOpen(attempt, timeout)
        case .sendKeepAlive(let number, let timeout): sendKeepAlive(number, timeout)
        case .sendList(let number, let timeout): sendList(number, timeout)
        case .sendClose: desk.closeSession(id)
        case .tellOpened: opened.resolve(.alive)
        case .tellRenewing: all { machine, now in machine.renewalSent(now) }
        case .extend(let ids, let end): extend(ids, until: end)
        case .tellTime: all { machine, now in machine.timeReached(now) }
        case .lose(let ids, let reason): lose(ids, reason)
        case .giveBack(let listed):
            releaseBegan(listed.grant)
            desk.giveBack(
                .init(
                    names: listed.names, grant: listed.grant, isElection: listed.isElection,
                    isSole: false, keeper: self))
        case .suspectServer(let since):
            // The channel goes by the real clock.
            if !desk.clock.isManual { desk.channel.suspect(silentSince: since) }
            desk.journal.note(.serverSilent)
        case .tellEnd(let end): tellEnd(end)
        }
    }

    private func all(_ event: (inout GuardMachine, Instant) -> Bool) {
        let guards = contents.withLock { Array($0.guards.values) }
        for core in guards { core.apply(event) }
    }

    private func extend(_ ids: [RequestID], until end: Instant) {
        let guards = contents.withLock { contents in ids.compactMap { contents.guards[$0] } }
        for core in guards {
            core.apply { machine, now in machine.renewalAnswered(until: end, now) }
        }
        desk.journal.note(.renewed(guards: guards.count))
    }

    private func lose(_ ids: [RequestID], _ reason: LossReason) {
        let guards = contents.withLock { contents in
            ids.compactMap { contents.guards.removeValue(forKey: $0) }
        }
        for core in guards {
            core.apply { machine, _ in machine.lossTold(reason) }
            desk.lostGuard(core, reason)
        }
    }

    private func tellEnd(_ end: SessionMachine.End) {
        let guards = contents.withLock { contents in
            defer { contents.guards = [:] }
            return Array(contents.guards.values)
        }
        let reason: LossReason
        switch end {
        case .lost(let why): reason = why
        case .closed, .failed: reason = .closed
        }
        for core in guards {
            core.apply { machine, now in
                // Where its own time is over, that is the reason.
                machine.timeReached(now) || machine.lossTold(reason)
            }
            desk.journal.note(.lost(core.state))
        }
        if case .lost = end { desk.closeSession(id) }
        desk.forget(self)
        opened.resolve(.over(end))
        ended.resolve(end)
        timer.withLock { timer in
            timer?.cancel()
            timer = nil
        }
    }

    // MARK: Calls

    private func sendOpen(_ attempt: UInt64, _ timeout: Interval) {
        let sent = desk.clock.now()
        let request = OpenSessionRequest(ttlMs: kind.ttl.wireMilliseconds)
        let options = desk.once(timeout, id: id, weight: .usual)
        desk.onLoop { [self, desk] in
            do throws(RPCError) {
                _ = try await desk.sessions.open(request, options: options)
                step { machine, now in machine.opened(attempt: attempt, sent: sent, now) }
            } catch {
                step { machine, now in machine.openFailed(error, now) }
            }
        }
    }

    private func sendKeepAlive(_ number: UInt64, _ timeout: Interval) {
        let request = KeepAliveRequest(session: id.bytes, ttlMs: kind.ttl.wireMilliseconds)
        let options = desk.once(timeout, weight: .vital)
        desk.journal.note(.keepAlive)
        desk.onLoop { [self, desk] in
            do throws(RPCError) {
                let answer = try await desk.sessions.keepAlive(request, options: options)
                let lost = answer.lost.compactMap { unsafe RequestID($0.span.bytes) }
                step { machine, now in
                    machine.keptAlive(
                        number, lost: lost, count: answer.grantsCount,
                        digest: answer.grantsDigest, now)
                }
            } catch {
                desk.journal.note(.keepAliveFailed(error))
                step { machine, now in
                    machine.keepAliveFailed(
                        number, isSessionOver: error.reason == "LOCK_NO_SESSION", now)
                }
            }
        }
    }

    private func sendList(_ number: UInt64, _ timeout: Interval) {
        let request = ListGrantsRequest(session: id.bytes)
        let options = desk.once(timeout, weight: .usual)
        desk.onLoop { [self, desk] in
            do throws(RPCError) {
                let answer = try await desk.sessions.listGrants(request, options: options)
                let list = answer.grants.compactMap { SessionLedger.Listed($0) }
                step { machine, now in machine.listed(number, list, now) }
            } catch {
                step { machine, now in machine.listFailed(number, now) }
            }
        }
    }
}

/// Guards of the same kind share a session.
struct SessionKind: Hashable, Sendable {
    let ttl: Interval
    let interval: Interval
}

extension SessionLedger.Listed {
    init?(_ info: SessionGrantInfo) {
        guard let grant = unsafe RequestID(info.grant.span.bytes) else { return nil }
        let isElection = !info.elections.isEmpty
        self.init(
            grant: grant, names: isElection ? info.elections : info.names,
            isElection: isElection, fence: info.fence)
    }
}
