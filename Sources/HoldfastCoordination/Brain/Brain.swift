package import HoldfastBase
package import HoldfastNode

/// What the server decides about locks: a value that is told what happened and says what to do.
///
/// It holds no state that matters: everything promised is on the nodes. What it has are requests
/// under way, waiters, and what it knows of the nodes. Told of requests, of answers of nodes, of
/// hints and of time, it appends to `actions`; the shell carries them out in their order. Commands to
/// one node must reach it in the order in which they were sent, or be reported as failed: taking a
/// try back relies on arriving behind it.
package struct Brain: Sendable {
    package internal(set) var actions: [BrainAction] = []
    package internal(set) var cluster: Cluster
    let server: ServerID
    var clock = HybridClock()
    var generator: SeededGenerator
    var timers = TimerHeap()
    var acquisitions = SlotTable<Acquisition>()
    var rounds = SlotTable<Round>()
    var renewals = SlotTable<Renewal>()
    var seedings = SlotTable<Seeding>()
    /// Grants that were found lost, and are still counted on by callers who have not heard.
    var losses = SlotTable<ReleaseStep>()
    var sessions = KeyTable<SessionID, ServerSession>()
    /// Of every id by which a session's grant is held.
    var sessionOfGrant = KeyTable<GrantID, SessionID>()
    var cleanups = SlotTable<Cleanup>()
    /// For nodes that do not vote now.
    var postponed: [[Cleanup]]
    var autoRenewals: [GrantID: AutoRenewal] = [:]
    /// The same by connection, of which many may end at once.
    var autoRenewalsOf: [ConnectionID: Set<GrantID>] = [:]
    var begunLists = BegunLists()
    var watching: Watching
    var sessionWatchers: [SessionID: [CallID]] = [:]
    var sessionOfWatcher: [CallID: SessionID] = [:]
    package internal(set) var keys: KeyDesk
    var isRunningKeys = false
    /// Which node was asked last what is due to be tidied, and when the next is.
    var tidyNode: NodeIndex = 0
    var nextTidying = Instant.zero
    /// A node that is being told what others know about registers.
    var lesson: KeyLesson?
    var nextLesson = Instant.zero
    /// Which question of lessons was asked last.
    var lessonNumber: UInt32 = 0
    var queues = NameTable<LocalQueue>()
    /// How many acquisitions there were.
    var claims: UInt64 = 0
    /// Grants that were made while a node was silent.
    var uncertain = UncertainGrants()
    /// Of calls that may be cancelled.
    var acquisitionOfCall = KeyTable<CallID, SlotKey>()
    /// Of those that wait, for a caller that comes back.
    var waiting = KeyTable<GrantID, SlotKey>()
    /// Grants that were made, and those of them that took a second round.
    package internal(set) var grantsMade: UInt64 = 0
    package internal(set) var grantsRaised: UInt64 = 0
    /// Why each node was last of no help.
    private var lastFailures: [NodeIndex: NodeFailure] = [:]
    var now = Moment(instant: .zero, wallMicroseconds: 0)

    /// - Parameters:
    ///   - server: this life of the server, a number nobody else has.
    ///   - seed: for the jitter of what is tried again.
    package init(_ configuration: ClusterConfiguration, server: ServerID, seed: UInt64) {
        cluster = Cluster(configuration, salt: server)
        self.server = server
        generator = SeededGenerator(seed: seed)
        postponed = Array(repeating: [], count: configuration.nodes)
        watching = Watching(nodes: configuration.nodes)
        keys = KeyDesk(
            proposer: server, quorum: configuration.quorum, roundBudget: configuration.nodeBudget,
            seed: seed)
    }

    // MARK: What happened

    /// To be called once, before anything else.
    package mutating func started(at moment: Moment) {
        now = moment
        timers.add(.heartbeat, at: moment.instant)
    }

    /// - Parameter connection: what `connectionEnded` will name.
    package mutating func requested(
        _ call: CallID, _ request: CoordinationRequest, connection: ConnectionID = 0,
        at moment: Moment
    ) {
        now = moment
        guard cluster.hasQuorum else {
            respond(call, .failed(unavailable()))
            return
        }
        switch request {
        case .acquire(let request): acquire(call, request, connection)
        case .change(let names, let grant, let mode): change(call, names, grant, mode)
        case .release(let names, let grant, let isSole): release(call, names, grant, isSole)
        case .renew(let names, let grant, let ttl): renew(call, names, grant, ttl)
        case .propose(let name, let grant, let sequence, let value):
            start(
                .propose(grant: grant, sequence: sequence, value: value), call,
                .propose(name: name, grant: grant, sequence: sequence, value: value))
        case .forceRelease(let name, let fence):
            start(.force(name: name, fence: fence), call, .read(names: [name]))
        case .read(let names): start(.read(names: names), call, .read(names: names))
        case .queue(let name, let limit):
            start(.queue(name: name, limit: limit), call, .queue(name: name, limit: limit))
        case .list(let prefix, let after, let limit, let list):
            self.list(call, ListWalk(prefix: prefix, after: after, limit: limit), list)
        case .openSession(let id, let ttl): openSession(call, id, ttl)
        case .keepAlive(let id, let ttl): keepAlive(call, id, ttl)
        case .closeSession(let id): closeSession(call, id)
        case .listGrants(let id): listGrants(call, id)
        case .watch(let filter, let token): watch(call, filter, token)
        case .watchSession(let id): watchSession(call, id)
        case .watchKeys(let wanted): watchKeys(call, wanted)
        case .readKey, .changeKey, .batchKeys, .listKeys: requestedKeys(call, request)
        }
    }

    /// The caller does not want the answer any more, or is gone.
    package mutating func callEnded(_ call: CallID, at moment: Moment) {
        now = moment
        if let key = acquisitionOfCall[call] {
            abandon(key, answer: nil)
        } else {
            unwatch(call)
            unwatchSession(call)
            keys.callEnded(call, at: now)
            runKeys()
        }
    }

    package mutating func replied(
        _ node: NodeIndex, tag word: UInt64, _ reply: NodeReply, at moment: Moment
    ) {
        now = moment
        if case .failed(let failure) = reply { lastFailures[node] = failure }
        guard let tag = Tag(word: word) else { return }
        if case .refused(let refusal) = reply, tag.kind != .cluster {
            cluster.refused(node, refusal)
            runCluster()
        }
        switch tag.kind {
        case .vote: voted(node, tag, reply)
        case .raise: raised(node, tag, reply)
        case .round: answered(node, tag.key, reply)
        case .cluster:
            cluster.replied(node, reply, now: now.instant)
            runCluster()
        case .heartbeat:
            if case .accepted(let microseconds) = reply {
                cluster.clockRead(node, microseconds: microseconds, now: now.instant)
                runCluster()
            }
            cluster.clockAnswered(node)
        case .watch: changesRead(node, reply)
        case .cleanup: cleaned(node, tag.key, reply)
        case .sweep:
            if case .swept(_, more: true) = reply { sweepNow(node) }
        case .session: sessionAnswered(node, tag.key, reply)
        case .seed: seeded(node, tag.key, reply)
        case .keyDue: keysDue(node, reply)
        case .keyChange, .keyRead, .keyTidy: keyAnswered(node, tag, reply)
        case .keyList: keysListed(node, tag, reply)
        case .learning: lessonAnswered(node, tag, reply)
        case .closing: break
        }
    }

    /// A connection to the node stands, and is empty.
    package mutating func connected(
        _ node: NodeIndex, _ readiness: NodeReadiness, at moment: Moment
    ) {
        now = moment
        cluster.connected(node, readiness)
        runCluster()
    }

    /// The connection is gone; every command that was under way has been answered as failed.
    package mutating func disconnected(
        _ node: NodeIndex, _ reason: String, at moment: Moment
    ) {
        now = moment
        cluster.disconnected(node, reason)
        runCluster()
    }

    /// An operator wants the empty nodes to become a cluster.
    package mutating func formAsked(at moment: Moment) {
        now = moment
        cluster.formAsked(now: moment.instant)
        runCluster()
    }

    package mutating func timePassed(at moment: Moment) {
        now = moment
        while let timer = timers.popDue(now.instant) { fire(timer.purpose) }
    }

    /// When `timePassed` is to be called.
    package var nextDue: Instant { timers.next }

    /// Takes what is to be done, and gives back the memory of an earlier list.
    package mutating func takeActions(into list: inout [BrainAction]) {
        list.removeAll(keepingCapacity: true)
        swap(&list, &actions)
    }

    // MARK: Time

    private mutating func fire(_ purpose: Timer.Purpose) {
        switch purpose {
        case .budget(let key, let number): budgetOver(key, number)
        case .roundBudget(let key): roundBudgetOver(key)
        case .waitOver(let key): waitOver(key)
        case .retry(let key, let timer): retry(key, timer)
        case .heartbeat: beat()
        case .autoRenewal(let grant): autoRenewalDue(grant)
        case .watchPoll: watchPollDue()
        case .watchCheck(let name): watchCheck(name)
        case .renewalBudget(let key): renewalBudgetOver(key)
        case .lostOver(let key): lostOver(key)
        case .key(let tag): keyTimePassed(tag)
        }
    }

    private mutating func beat() {
        let configuration = cluster.configuration
        timers.add(.heartbeat, at: now.instant + configuration.heartbeatInterval)
        cluster.beat(now.instant)
        runCluster()
        for node in cluster.voters {
            heartbeat(node)
            sweepNow(node)
        }
        forgetOldSessions()
        begunLists.forget(before: now.instant)
        tidyTimers()
        cleanupBeat()
        watchBeat()
        lessonBeat()
        tidyBeat()
    }

    private mutating func tidyTimers() {
        guard timers.isUntidy else { return }
        var all = TimerHeap()
        swap(&all, &timers)
        all.tidy { isWanted($0) }
        timers = all
    }

    private func isWanted(_ timer: Timer) -> Bool {
        switch timer.purpose {
        case .budget(let key, let number): acquisitions[key]?.number == number
        case .roundBudget(let key): rounds.contains(key)
        case .waitOver(let key): acquisitions[key].map { $0.phase != .closing } ?? false
        case .retry(let key, let number): acquisitions[key]?.timer == number
        case .renewalBudget(let key): renewals.contains(key)
        case .lostOver(let key): losses.contains(key)
        case .autoRenewal(let grant): autoRenewals[grant]?.due == timer.at
        case .watchCheck(let name): watching.checks[name] == timer.at
        case .heartbeat, .watchPoll, .key: true
        }
    }

    mutating func heartbeat(_ node: NodeIndex) {
        cluster.clockAsked(node, now: now.instant)
        let lease = UInt64(cluster.configuration.serverLease.millisecondsRoundedUp)
        send(
            node, Tag(.heartbeat),
            .heartbeat(
                server: server, leaseMilliseconds: lease,
                watchMilliseconds: watching.isActive ? lease : 0))
    }

    mutating func sweepNow(_ node: NodeIndex) {
        send(node, Tag(.sweep), .sweep(limit: Self.sweepPage))
    }

    static let sweepPage = 64
    static let listPage = 512

    // MARK: What is done

    mutating func runCluster() {
        for action in cluster.takeActions() {
            switch action {
            case .send(let node, let identity, let command):
                actions.append(
                    .send(node: node, tag: Tag(.cluster).word, gate: identity, command))
            case .report(let node, let change):
                actions.append(.report(node, change))
                // Waiters of a server that a node has not heard of are not alive to it.
                if change == .voting {
                    heartbeat(node)
                    resumeCleanups(node)
                }
            }
        }
        votersKnown()
        if !cluster.learners.isEmpty, lesson == nil { lessonBeat() }
    }

    mutating func send(
        _ node: NodeIndex, _ tag: Tag, _ command: NodeCommand, epoch: UInt64? = nil
    ) {
        var identity = cluster.identity(node)
        if let epoch { identity.epoch = epoch }
        actions.append(.send(node: node, tag: tag.word, gate: identity, command))
    }

    mutating func respond(_ call: CallID?, _ outcome: Outcome) {
        guard let call else { return }
        actions.append(.respond(call, outcome))
    }

    func unavailable() -> Failure {
        let problems = cluster.problems
        let voters = cluster.voters.count
        let quorum = cluster.configuration.quorum
        if cluster.isUnformed {
            return Failure(
                .unavailable,
                "the nodes are empty and no cluster yet; \"holdfastctl cluster init\" makes one",
                nodes: problems)
        }
        return Failure(
            .unavailable,
            "\(voters) of \(cluster.configuration.nodes) nodes vote, \(quorum) are needed",
            nodes: problems)
    }

    /// Says of a node why it was of no help, unless that is said already.
    func blame(_ node: NodeIndex, in failure: inout Failure) {
        guard !failure.nodes.contains(where: { $0.node == node }) else { return }
        var reason = "did not answer in time"
        if case .refusedByNode(let why) = lastFailures[node] { reason = why }
        failure.nodes.append(NodeProblem(node: node, reason: reason))
    }

    /// Between 0 and `limit`.
    mutating func jitter(_ limit: Interval) -> Interval {
        guard limit.nanoseconds > 0 else { return .zero }
        return Interval(nanoseconds: Int64.random(in: 0...limit.nanoseconds, using: &generator))
    }

    /// For metrics and tests of leaks.
    package var contents: BrainContents {
        BrainContents(
            acquisitions: acquisitions.count, rounds: rounds.count, queues: queues.count,
            waiting: waiting.count, timers: timers.count, sessions: sessions.count,
            grants: sessionOfGrant.count, renewals: renewals.count,
            seedings: seedings.count + losses.count, lists: begunLists.count,
            keys: keys.contents.keys, keyCalls: keys.contents.calls, tidying: keys.tidying,
            watchers: watching.watchers.count)
    }
}
