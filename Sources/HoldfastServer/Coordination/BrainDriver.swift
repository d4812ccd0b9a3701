internal import HoldfastBase
package import HoldfastCoordination
package import HoldfastNode
package import HoldfastRPC
package import HoldfastRuntime
internal import HoldfastSystem
internal import HoldfastWire
package import Synchronization

/// The shell of the brain: brings it requests, answers of nodes and the time, on one loop, and does
/// what it says.
///
/// Calls come from the loops of their connections, those of a tick together; where that is this loop,
/// they are asked and answered within the tick that read them. Whatever runs because of an answer,
/// such as the end of a connection, finds the brain between two steps, and what it then wants done is
/// done by the turn that is under way.
///
/// `@unchecked Sendable`: what is not constant is touched on `loop` only; the inbox brings the rest
/// there.
@safe
package final class BrainDriver: LoopSource, HeldCallObserver, @unchecked Sendable {
    /// What comes to the loop.
    private enum Mail: ~Copyable, Sendable {
        case request(HeldCall, CoordinationRequest, AnswerForm, ConnectionID)
        case stream(HeldCall, CoordinationRequest, AnswerForm, StreamPermit)
        case ended(HeldCallID, HeldCallEnd)
        case elementsSent(HeldCallID)
        case connectionEnded(ConnectionID)
        case permissionsChanged
    }

    /// What a turn has to do; the lists keep their memory for the next.
    private struct TurnWork {
        var actions: [BrainAction] = []
        var replies: [(node: NodeIndex, tag: UInt64, reply: NodeReply)] = []
    }

    /// What the driver tells whoever runs it; on the loop.
    package struct Observer: Sendable {
        package var nodeChanged: @Sendable (NodeIndex, NodeChange) -> Void
        package var quorumChanged: @Sendable (Bool) -> Void
    }

    package let loop: EventLoop
    package let isManual: Bool
    /// How many nodes the cluster has.
    package let nodes: Int
    private let observer: Observer
    /// How many calls may be open; a reload changes it.
    package let callsMax: Atomic<Int>
    private var inbox: LoopInbox<Mail>?
    private var token = LoopToken.none
    /// Behind a pointer: as a stored value it would be copied whole for many a question.
    private let brain: UnsafeMutablePointer<Brain>
    private var clock: DriverClock
    private var drivers: [any NodeDriver] = []
    /// The only one, where it is in memory.
    private var embedded: EmbeddedNode?
    private let server: ServerID

    private var calls = CallTable()
    /// Of those that were not answered in the turn that brought them: an end names them so.
    private var numbers: [HeldCallID: CallID] = [:]
    private var permits: [CallID: StreamPermit] = [:]
    /// Connections for whose callers grants are renewed.
    private var renewing: Set<ConnectionID> = []
    private var counters = CoordinationCounters()
    private var lastSequence: UInt64 = 0

    /// Empty between two turns.
    private var work = TurnWork()
    private var isRunning = false
    /// Nodes are left because the server ends: that is no news.
    private var isStopping = false
    private var armed = Instant.never
    private var hadQuorum = false

    /// - Parameters:
    ///   - endpoints: of the Redis nodes; with none, a node in memory serves.
    ///   - marker: names this life of the node in memory, and of the server.
    package init(
        on loop: EventLoop, _ configuration: ClusterConfiguration, endpoints: [NodeEndpoint],
        marker: UInt64,
        isManual: Bool, observer: Observer, callsMax: Int
    ) {
        self.loop = loop
        self.isManual = isManual
        nodes = configuration.nodes
        self.observer = observer
        self.callsMax = Atomic(callsMax)
        server = marker
        unsafe brain = .allocate(capacity: 1)
        unsafe brain.initialize(to: Brain(configuration, server: marker, seed: marker))
        clock = DriverClock(
            isManual: isManual, wallNanoseconds: Clocks.wallNanoseconds(), now: Clocks.now())
        inbox = LoopInbox(loop) { [unowned self] mail in receive(mail) }
        embedded = endpoints.isEmpty ? EmbeddedNode(self, marker: marker) : nil
        let writer = NodeWriter()
        drivers =
            embedded.map { [$0] }
            ?? endpoints.enumerated().map { index, endpoint in
                RedisNode(
                    index, self, endpoint, server: marker, budget: configuration.nodeBudget,
                    writer: writer)
            }
    }

    deinit {
        unsafe brain.deinitialize(count: 1)
        unsafe brain.deallocate()
    }

    /// Begins, as the first thing that the loop does.
    package func start() {
        loop.post { [self] _ in
            token = loop.register(self)
            unsafe brain.pointee.started(at: moment)
            turn {
                for node in drivers { node.begin() }
                unsafe brain.pointee.timePassed(at: moment)
            }
        }
    }

    package func loopStopped() {
        isStopping = true
        for node in drivers { node.end() }
    }

    // MARK: Nodes

    /// Runs `body`, in which things happen, and then does what the brain wants because of all of them.
    func turn(_ body: () -> Void) {
        guard !isRunning else { return body() }
        body()
        run()
    }

    func nodeConnected(_ node: NodeIndex, _ readiness: NodeReadiness) {
        unsafe brain.pointee.connected(node, readiness, at: moment)
    }

    func nodeDisconnected(_ node: NodeIndex, _ reason: String) {
        unsafe brain.pointee.disconnected(node, reason, at: moment)
    }

    func nodeReplied(_ node: NodeIndex, tag: UInt64, _ reply: NodeReply) {
        // What a clock showed is compared with when that was known: not before it was.
        if case .accepted = reply { loop.readClock() }
        unsafe brain.pointee.replied(node, tag: tag, reply, at: moment)
    }

    func nodeWoke(_ node: NodeIndex, _ name: String) {
        unsafe brain.pointee.woken(node, name, at: moment)
    }

    private var moment: Moment { clock.moment(loop.now) }

    // MARK: Calls

    /// Hands a call over, from the loop of its connection.
    func submit(
        _ call: consuming HeldCall, _ request: CoordinationRequest, _ form: AnswerForm,
        from connection: ConnectionID = 0
    ) {
        inbox?.put(.request(call, request, form, connection))
    }

    /// Hands over the call of a stream, with what it was allowed by.
    func submit(
        _ call: consuming HeldCall, _ request: CoordinationRequest, _ form: AnswerForm,
        permit: StreamPermit
    ) {
        inbox?.put(.stream(call, request, form, permit))
    }

    /// The policy was replaced.
    package func permissionsChanged() {
        inbox?.put(.permissionsChanged)
    }

    /// A connection has ended, on its loop.
    package func connectionEnded(_ connection: ConnectionID) {
        inbox?.put(.connectionEnded(connection))
    }

    package func callEnded(_ id: HeldCallID, _ end: HeldCallEnd) {
        inbox?.put(.ended(id, end))
    }

    package func elementsSent(_ id: HeldCallID) {
        inbox?.put(.elementsSent(id))
    }

    private func receive(_ mail: consuming Mail) {
        switch consume mail {
        case .request(let call, let request, let form, let connection):
            requested(call, request, form, connection)
        case .stream(let call, let request, let form, let permit):
            // Legal race: a new policy, which everybody was told of while this was on its way.
            if permit.isOld, let error = permit.refusal { return call.fail(error) }
            let id = call.id
            requested(call, request, form, 0)
            if let number = numbers[id] { permits[number] = permit }
        case .ended(let id, let end): ended(id, end)
        case .elementsSent(let id):
            guard let number = numbers[id] else { return }
            unsafe brain.pointee.elementsSent(number, at: moment)
            run()
        case .connectionEnded(let connection):
            guard renewing.remove(connection) != nil else { return }
            unsafe brain.pointee.connectionEnded(connection, at: moment)
            run()
        case .permissionsChanged: askPermissionsAgain()
        }
    }

    private func requested(
        _ call: consuming HeldCall, _ request: CoordinationRequest, _ form: AnswerForm,
        _ connection: ConnectionID
    ) {
        guard calls.count < callsMax.load(ordering: .relaxed) else {
            call.fail(
                RPCError(
                    .resourceExhausted, "too many calls for locks are open (locks.calls)",
                    reason: "OVERLOADED", isNotProcessed: true))
            return
        }
        if case .propose(let name, let grant, 0, let value) = request {
            // A value that came without a number gets the next one.
            lastSequence = max(lastSequence + 1, moment.wallMicroseconds)
            begin(
                call, .propose(name: name, grant: grant, sequence: lastSequence, value: value),
                .proclaim(sequence: lastSequence), connection)
        } else {
            begin(call, request, form, connection)
        }
    }

    private func begin(
        _ call: consuming HeldCall, _ request: CoordinationRequest, _ form: AnswerForm,
        _ connection: ConnectionID
    ) {
        let id = call.id
        let number = calls.insert(OpenCall(held: call, form: form))
        if case .acquire(let wish) = request, wish.renewIntervalMilliseconds > 0 {
            renewing.insert(connection)
        }
        unsafe brain.pointee.requested(number, request, connection: connection, at: moment)
        run()
        guard calls.contains(number) else { return }
        numbers[id] = number
    }

    private func ended(_ id: HeldCallID, _ end: HeldCallEnd) {
        // Legal race: it was answered before the end of it was heard.
        guard let number = numbers[id], calls.isAbandonable(number) else { return }
        guard let call = take(number) else { return }
        counters.count(call.form.kind, .abandoned)
        unsafe brain.pointee.callEnded(number, at: moment)
        call.held.fail(
            RPCError(.cancelled, "the call was ended; nothing is held", reason: "CANCELLED"))
        run()
    }

    /// A permission that was taken away must not live on in an open stream.
    private func askPermissionsAgain() {
        for (number, permit) in permits {
            guard let error = permit.refusal, let call = take(number) else { continue }
            counters.count(call.form.kind, .refused)
            unsafe brain.pointee.callEnded(number, at: moment)
            call.held.fail(error)
        }
        run()
    }

    private func take(_ number: CallID) -> OpenCall? {
        if !permits.isEmpty { permits[number] = nil }
        guard let call = calls.take(number) else { return nil }
        if !numbers.isEmpty { numbers[call.held.id] = nil }
        return call
    }

    // MARK: Turns

    /// Does what the brain wants until it wants nothing.
    private func run() {
        guard !isRunning else { return }
        isRunning = true
        // Outside of the object while it lasts: what lies in it is checked at every look.
        var turn = TurnWork()
        swap(&turn, &work)
        repeat {
            unsafe brain.pointee.takeActions(into: &turn.actions)
            // By index: an iterator would keep the whole list, and count it up and down.
            for index in turn.actions.indices { perform(turn.actions[index], &turn.replies) }
            if !turn.replies.isEmpty {
                let moment = moment
                for index in turn.replies.indices {
                    unsafe brain.pointee.replied(
                        turn.replies[index].node, tag: turn.replies[index].tag,
                        turn.replies[index].reply, at: moment)
                }
                turn.replies.removeAll(keepingCapacity: true)
            }
            wake()
        } while unsafe !brain.pointee.peekIdle()
        swap(&turn, &work)
        isRunning = false
        let (due, hasQuorum) = unsafe brain.pointee.peek()
        if hasQuorum != hadQuorum { noteQuorum(hasQuorum) }
        if due != armed { arm(due) }
    }

    private func perform(
        _ action: BrainAction, _ replies: inout [(node: NodeIndex, tag: UInt64, reply: NodeReply)]
    ) {
        switch action {
        case .send(let index, let tag, let gate, let command):
            let reply = drivers[index].send(command, tag: tag, expecting: gate, at: moment)
            if let reply { replies.append((index, tag, reply)) }
        case .respond(let number, let outcome): answer(number, outcome)
        case .emit(let number, let event): emit(number, event)
        case .tellWhenSent(let number): calls.withCall(number) { $0.held.tellWhenSent() }
        case .inspect(let index): drivers[index].inspect()
        case .report(let index, let change):
            if !isStopping { observer.nodeChanged(index, change) }
        }
    }

    private func answer(_ number: CallID, _ outcome: Outcome) {
        guard let call = take(number) else { return }
        if case .listLocks = call.form, case .names(let page, let list) = outcome, !page.isEmpty {
            // The names are half of the answer; who holds them is asked next.
            let id = call.held.id
            let next = calls.insert(OpenCall(held: call.held, form: .listLocks(next: list)))
            numbers[id] = next
            unsafe brain.pointee.requested(next, .read(names: page), at: moment)
            return
        }
        if case .released(false) = outcome, let (names, form) = call.form.doubt {
            let id = call.held.id
            let next = calls.insert(OpenCall(held: call.held, form: form))
            numbers[id] = next
            unsafe brain.pointee.requested(next, .read(names: names), at: moment)
            return
        }
        counters.count(call.form.kind, .init(outcome))
        CoordinationAnswers(nodes: nodes)
            .answer(call.held, call.form, outcome)
    }

    private func emit(_ number: CallID, _ event: StreamEvent) {
        calls.withCall(number) { call in
            CoordinationAnswers(nodes: nodes).emit(event, to: call)
        }
        // Nothing of an ended session follows.
        if event == .sessionEnded, let call = take(number) {
            unsafe brain.pointee.callEnded(number, at: moment)
            call.held.finish()
        }
    }

    private func wake() {
        guard let embedded, embedded.hasWakes else { return }
        for wake in embedded.takeWakes() where wake.server == server {
            unsafe brain.pointee.woken(0, wake.name, at: moment)
        }
    }

    private func noteQuorum(_ hasQuorum: Bool) {
        hadQuorum = hasQuorum
        if !isStopping { observer.quorumChanged(hasQuorum) }
    }

    // MARK: Time

    private func arm(_ due: Instant) {
        guard !isManual, due != .never else { return }
        armed = due
        loop.setTimer(token, at: due)
    }

    package func timerFired() {
        armed = .never
        unsafe brain.pointee.timePassed(at: moment)
        run()
    }

    /// Lets time pass on a manual clock, stopping wherever something is due; returns the time since
    /// the start. On the loop.
    func advance(by interval: Interval) -> Interval {
        let target = moment.instant + interval
        while true {
            let due = unsafe brain.pointee.peekDue()
            guard due <= target else { break }
            clock.advance(to: due)
            unsafe brain.pointee.timePassed(at: moment)
            run()
        }
        clock.advance(to: target)
        return clock.elapsed(loop.now)
    }

    // MARK: Operators

    /// Asks something on the loop; `nil` when it has stopped.
    package func ask<Answer: Sendable>(
        _ question: @escaping @Sendable (BrainDriver) -> Answer
    ) async -> Answer? {
        await withCheckedContinuation { continuation in
            loop.post(
                DriverQuestion(
                    ask: { question(self) }, answer: { continuation.resume(returning: $0) }))
        }
    }

    /// On the loop.
    package func formAsked() {
        unsafe brain.pointee.formAsked(at: moment)
        run()
    }

    /// On the loop.
    package func facts() -> CoordinationFacts {
        let cluster = unsafe brain.pointee.cluster
        let contents = unsafe brain.pointee.contents
        var facts = CoordinationFacts()
        facts.quorum = cluster.configuration.quorum
        facts.voters = cluster.voters.count
        facts.hasQuorum = cluster.hasQuorum
        facts.epoch = cluster.epoch
        facts.callsOpen = calls.count
        facts.waiting = contents.waiting
        facts.acquisitions = contents.acquisitions
        facts.rounds = contents.rounds
        facts.queues = contents.queues
        facts.timers = contents.timers
        facts.counters = counters
        facts.grantsMade = unsafe brain.pointee.grantsMade
        facts.grantsRaised = unsafe brain.pointee.grantsRaised
        facts.keys = unsafe brain.pointee.keys.statistics
        facts.keysKept = contents.keys
        facts.keysTidied = contents.tidying
        facts.watchers = contents.watchers
        let problems = cluster.problems
        facts.nodes = cluster.members.enumerated().map { index, member in
            let node = drivers[index]
            return CoordinationFacts.Node(
                address: node.address, state: member.state,
                reason: problems.first { $0.node == index }?.reason ?? "",
                epoch: cluster.epoch, marker: node.readiness?.marker ?? 0,
                isDurable: node.readiness?.isDurable ?? false,
                isLearning: cluster.learners.contains(index),
                keysTold: unsafe brain.pointee.keysTold(index),
                commandsTotal: node.commandsTotal, commandsOpen: node.commandsOpen,
                silence: node.owesSince.map { moment.instant - $0 } ?? .zero)
        }
        return facts
    }
}

/// A question that the loop answers, or that is answered `nil` when it has stopped.
private final class DriverQuestion<Answer: Sendable>: LoopWork {
    private let ask: @Sendable () -> Answer
    private let answer: @Sendable (Answer?) -> Void

    init(ask: @escaping @Sendable () -> Answer, answer: @escaping @Sendable (Answer?) -> Void) {
        self.ask = ask
        self.answer = answer
    }

    func run(on loop: EventLoop) { answer(ask()) }
    func dropped() { answer(nil) }
}
