internal import HoldfastBase
internal import HoldfastCalls
internal import HoldfastWire
internal import Synchronization

/// Everything of a client that is about locks: its shared sessions, acquires and releases.
final class LockDesk: Sendable {
    private struct Contents {
        var shared: [SessionKind: SessionKeeper] = [:]
        /// All that are not over, for the end of the client.
        var keepers: [RequestID: SessionKeeper] = [:]
        /// Guards without a session, which nobody renews, as long as they are held.
        var leases: [RequestID: GuardCore] = [:]
        var isClosed = false
        /// Closed without a word to the servers: the loop has stopped, or is about to.
        var isAbandoned = false
    }

    let channel: RPCChannel
    let options: ClientOptions
    let clock: ClientClock
    let journal: ClientJournal
    let locks: LockServiceClient
    let sessions: SessionServiceClient
    let elections: ElectionServiceClient
    /// Releases and closings in the background.
    let closings = OpenWork()
    /// All calls in the background.
    let flights = OpenWork()
    private let contents = Mutex(Contents())

    init(_ channel: RPCChannel, _ options: ClientOptions) {
        self.channel = channel
        self.options = options
        clock = options.clock
        journal = ClientJournal(options)
        locks = LockServiceClient(channel)
        sessions = SessionServiceClient(channel)
        elections = ElectionServiceClient(channel)
    }

    // MARK: Calls

    /// Options of a call that is sent once: who repeats it has to know.
    func once(
        _ timeout: Interval, id: RequestID? = nil, weight: CallWeight
    ) -> CallOptions {
        let trace = TraceContext.current
        return CallOptions(
            timeout: timeout.duration, requestID: id, retries: false,
            traceparent: trace?.traceparent ?? "", tracestate: trace?.tracestate ?? "",
            weight: weight)
    }

    /// Runs what must go on whatever user code does: on the client's own thread.
    func onLoop(_ work: @escaping @Sendable () async -> Void) {
        flights.begin()
        Task(executorPreference: channel.executor) { [flights] in
            await work()
            flights.end()
        }
    }

    // MARK: Sessions

    /// The session of the guards of this kind.
    func sharedKeeper(_ kind: SessionKind) throws -> SessionKeeper {
        let found = contents.withLock { $0.shared[kind] }
        if let found, !found.isFull { return found }
        let fresh = SessionKeeper(self, kind, isOwned: false)
        let (keeper, isClosed) = contents.withLock { contents in
            // Another may have been as quick.
            if let current = contents.shared[kind], current !== found {
                return (current, contents.isClosed)
            }
            contents.shared[kind] = fresh
            contents.keepers[fresh.id] = fresh
            return (fresh, contents.isClosed)
        }
        guard !isClosed else {
            forget(keeper)
            throw HoldfastError.state("the client is closed")
        }
        return keeper
    }

    func ownKeeper(_ kind: SessionKind) throws -> SessionKeeper {
        let keeper = SessionKeeper(self, kind, isOwned: true)
        let isClosed = contents.withLock { contents in
            if !contents.isClosed { contents.keepers[keeper.id] = keeper }
            return contents.isClosed
        }
        guard !isClosed else { throw HoldfastError.state("the client is closed") }
        return keeper
    }

    /// It is over.
    func forget(_ keeper: SessionKeeper) {
        contents.withLock { contents in
            contents.keepers[keeper.id] = nil
            if contents.shared[keeper.kind] === keeper { contents.shared[keeper.kind] = nil }
        }
    }

    /// How many sessions are open.
    var sessionCount: Int { contents.withLock { $0.keepers.count } }

    /// Frees what the nodes have of a session, unless that takes too long.
    func closeSession(_ id: RequestID) {
        closings.begin()
        onLoop { [self] in
            defer { closings.end() }
            for _ in 0..<3 {
                do throws(RPCError) {
                    _ = try await sessions.close(
                        CloseSessionRequest(session: id.bytes),
                        options: once(.milliseconds(1000), weight: .vital))
                    return
                } catch {
                    guard AcquireMachine.mayRepeat(error), error.code != .deadlineExceeded else {
                        return
                    }
                }
            }
        }
    }

    /// Nothing new begins. What sessions hold is given back with them, unless servers are not told;
    /// a lease lives on at the servers until its time is over, and has no guard any more.
    func close(isTold: Bool) -> [SessionKeeper] {
        let (keepers, leases) = contents.withLock { contents in
            defer { contents.leases = [:] }
            contents.isClosed = true
            contents.isAbandoned = contents.isAbandoned || !isTold
            return (Array(contents.keepers.values), Array(contents.leases.values))
        }
        for keeper in keepers { keeper.close(isTold: isTold) }
        for core in leases {
            core.apply { machine, now in machine.timeReached(now) || machine.lossTold(.closed) }
            journal.note(.lost(core.state))
        }
        journal.finish()
        return keepers
    }

    var isClosed: Bool { contents.withLock { $0.isClosed } }

    /// Whether it was closed without a word to the servers.
    var isAbandoned: Bool { contents.withLock { $0.isAbandoned } }

    // MARK: Leases

    /// Takes in a guard without a session; false when the client is closed.
    func leaseBegan(_ core: GuardCore) -> Bool {
        contents.withLock { contents in
            if !contents.isClosed { contents.leases[core.id] = core }
            return !contents.isClosed
        }
    }

    /// It is lost or given back.
    func leaseEnded(_ core: GuardCore) {
        if core.keeper == nil { contents.withLock { $0.leases[core.id] = nil } }
    }

    // MARK: Releasing

    /// What is to be given back.
    struct Remains: Sendable {
        let names: [String]
        let grant: RequestID
        let isElection: Bool
        /// Its acquire was sent once and answered.
        let isSole: Bool
        let keeper: SessionKeeper?

        init(
            names: [String], grant: RequestID, isElection: Bool, isSole: Bool,
            keeper: SessionKeeper?
        ) {
            self.names = names
            self.grant = grant
            self.isElection = isElection
            self.isSole = isSole
            self.keeper = keeper
        }

        init(_ wish: LockWish, _ grant: RequestID, isSole: Bool, keeper: SessionKeeper?) {
            self.init(
                names: wish.wireNames, grant: grant, isElection: wish.isElection,
                isSole: isSole, keeper: keeper)
        }
    }

    /// What became of a release.
    enum ReleaseOutcome: Sendable {
        case answered(wasHeld: Bool, isFirst: Bool)
        case failed(RPCError)
    }

    /// Gives back in the background, for as long as it makes sense.
    func giveBack(_ remains: Remains) {
        closings.begin()
        onLoop { [self] in
            defer { closings.end() }
            _ = await release(remains, until: clock.now() + .milliseconds(30_000))
            remains.keeper?.releaseEnded(remains.grant)
        }
    }

    /// Sends a release until it is answered or time is up.
    func release(_ remains: Remains, until end: Instant) async -> ReleaseOutcome {
        var machine = ReleaseMachine(until: end)
        while true {
            let options = once(machine.send(clock.now()), weight: .vital)
            do throws(RPCError) {
                let wasHeld: Bool
                if remains.isElection {
                    let request = ResignRequest(
                        election: remains.names[0], key: remains.grant.bytes)
                    wasHeld = try await elections.resign(request, options: options).led
                } else {
                    let request = ReleaseRequest(
                        names: remains.names, grant: remains.grant.bytes,
                        answered: remains.isSole)
                    wasHeld = try await locks.release(request, options: options).wasHeld
                }
                return .answered(wasHeld: wasHeld, isFirst: machine.isFirst)
            } catch {
                guard let pause = machine.failed(error, clock.now()) else {
                    return .failed(error)
                }
                try? await Task.sleep(for: pause.duration)
            }
        }
    }

    /// A guard was lost while its session lives, or had none.
    func lostGuard(_ core: GuardCore, _ reason: LossReason) {
        journal.note(.lost(.lost(reason)))
        guard core.claimGiveBack() else { return }
        giveBack(Remains(core.wish, core.id, isSole: false, keeper: core.keeper))
    }
}
