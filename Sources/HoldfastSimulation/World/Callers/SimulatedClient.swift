import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// A program that uses locks by the contract of the client library, and records what it saw.
///
/// What it may count on, it computes by its own clock from the time it first sent its request:
/// `sent + (waited + ttl) · (1 − ε) − margin`. At that time it stops, whatever it hears later. A call
/// whose connection broke may have had an effect; sent again it carries the same request id.
final class SimulatedClient {
    let index: Int
    unowned let world: World
    var clock: HostClock
    var generator: SeededGenerator
    let isProbe: Bool
    var sleep = HostSleep()
    /// The process is dead, or was cut off for good.
    var isGone = false
    private(set) var isClosing = false
    /// The server that it talks to.
    var home: Int
    private(set) var session: CallerSession?
    private var workers: [LockWorker] = []
    private var keyWorkers: [KeyWorker] = []
    private(set) var watcher: LockWatcher?
    private var candidate: Candidate?
    private var waiting: [CallID: (CallAnswer) -> Void] = [:]
    /// Who is told what comes by a stream.
    var streams: [CallID: (StreamEvent) -> Void] = [:]
    private var lastRecord: UInt64 = 0

    init(
        _ index: Int, world: World, clock: HostClock, generator: SeededGenerator, isProbe: Bool
    ) {
        self.index = index
        self.world = world
        self.clock = clock
        self.generator = generator
        self.isProbe = isProbe
        home = Int.random(in: 0..<world.scenario.servers, using: &self.generator)
        guard !isProbe else { return }
        if world.hasStore {
            for number in 0..<world.scenario.workers { keyWorkers.append(KeyWorker(self, number)) }
            for worker in keyWorkers { worker.start() }
        }
        guard world.scenario.hasLocks else { return }
        if world.scenario.traits.contains(.sessions) { session = CallerSession(self) }
        for _ in 0..<world.scenario.workers { workers.append(LockWorker(self)) }
        for worker in workers { worker.start() }
        session?.start()
        let traits = world.scenario.traits
        if traits.contains(.watch), index < 2 { watcher = LockWatcher(self) }
        if traits.contains(.election), index < 3 { candidate = Candidate(self) }
        watcher?.start()
        candidate?.start()
    }

    /// By its own clock.
    var local: Instant { clock.local(world.now) }

    func draw(_ range: ClosedRange<Int64>) -> Int64 {
        Int64.random(in: range, using: &generator)
    }

    /// True in so many of ten cases.
    func dice(_ tenths: Int64) -> Bool { draw(0...9) < tenths }

    func after(_ interval: Interval, _ label: String, _ perform: @escaping () -> Void) {
        world.queue.add(
            .client(index, ClientAction(label, perform)), at: world.now + interval)
    }

    /// When its own clock shows `local`.
    func at(local: Instant, _ label: String, _ perform: @escaping () -> Void) {
        world.queue.add(
            .client(index, ClientAction(label, perform)),
            at: max(world.now, clock.instant(ofLocal: local)))
    }

    // MARK: Calls

    /// Asks, and gives up after `patience`; then the server is told that the call has ended.
    @discardableResult
    func call(
        _ request: CoordinationRequest, patience: Interval,
        _ done: @escaping (CallAnswer) -> Void
    ) -> CallID? {
        guard let call = world.call(index, home, request, patience: patience) else {
            after(.milliseconds(draw(1...20)), "unreachable") { [unowned self] in
                moveOn()
                done(.notSent)
            }
            return nil
        }
        waiting[call] = done
        after(patience, "patience") { [unowned self] in
            guard let done = waiting.removeValue(forKey: call) else { return }
            streams[call] = nil
            world.coverage.note(.deadlines)
            world.cancel(call)
            moveOn()
            done(.broken)
        }
        return call
    }

    /// Ends a call. A grant that crosses the end on its way is given to `crossed`.
    func cancel(_ call: CallID, crossed: @escaping (Outcome) -> Void) {
        guard waiting.removeValue(forKey: call) != nil else { return }
        world.coverage.note(.cancels)
        world.cancel(call)
        waiting[call] = { answer in
            if case .outcome(let outcome) = answer { crossed(outcome) }
        }
    }

    func isWaiting(_ call: CallID) -> Bool { waiting[call] != nil }

    func answered(_ call: CallID, _ outcome: Outcome) {
        streams[call] = nil
        waiting.removeValue(forKey: call)?(.outcome(outcome))
    }

    /// The server says that it has no answer: it may have had an effect.
    func unanswered(_ call: CallID) {
        streams[call] = nil
        world.coverage.note(.unanswered)
        waiting.removeValue(forKey: call)?(.broken)
    }

    /// The connection of a call is gone.
    func broken(_ call: CallID) {
        streams[call] = nil
        guard let done = waiting.removeValue(forKey: call) else { return }
        moveOn()
        done(.broken)
    }

    /// To another server, next time.
    func moveOn() {
        home = (home + 1) % world.scenario.servers
    }

    // MARK: What it may count on

    /// `sent + length · (1 − ε) − margin`: the clocks of the nodes may run a little faster.
    static func deadline(sent: Instant, milliseconds: UInt64) -> Instant {
        let length = Int64(clamping: milliseconds) * 1_000_000
        return sent + Interval(nanoseconds: length - length / 500 - 3_000_000)
    }

    // MARK: Records

    /// Says what is about to be asked: who dies before the answer has asked it all the same.
    func opened(_ kind: HistoryKind, _ names: [String], _ grant: GrantID) -> Range<Int> {
        let first = world.history.records.count
        for name in names {
            lastRecord += 1
            world.history.records.append(
                HistoryRecord(
                    id: lastRecord, client: UInt32(index), lock: name, kind: kind,
                    subject: grant.low, called: world.now))
        }
        return first..<world.history.records.count
    }

    /// Says what came of it.
    func closed(_ records: Range<Int>, _ outcome: HistoryOutcome) {
        guard outcome != .unknown else { return }
        for place in records {
            world.history.records[place].returned = world.now
            world.history.records[place].outcome = outcome
        }
    }

    /// What was announced did not come to pass.
    func voided(_ records: Range<Int>) {
        for place in records { world.history.records[place].kind = .info }
        closed(records, .failed("did not happen"))
    }

    // MARK: The end

    /// No new locks; those that are held are given back.
    func stop() {
        isClosing = true
        for worker in workers {
            after(.milliseconds(draw(0...500)), "stop") { worker.close() }
        }
        after(.milliseconds(draw(0...500)), "stop") { [unowned self] in candidate?.close() }
    }

    func close() {
        isClosing = true
        for worker in workers { worker.close() }
        session?.close()
    }

    var sessionHolds: [LockHold] {
        workers.compactMap(\.hold).filter { $0.session != nil && $0.session == session?.id }
    }

    func worker(of grant: GrantID) -> LockWorker? {
        workers.first { $0.hold?.grant == grant }
    }

    /// Grants that a release which was never acknowledged has left behind, in a session that lives on.
    func returnStrangers(_ grants: [SessionGrant]) {
        for grant in grants {
            let isOurs = workers.contains { $0.looksAfter(grant.grant) }
            if !isOurs { workers.first?.returnStranger(grant.names, grant.grant) }
        }
    }

    func sessionLost() {
        for worker in workers where worker.hold?.session != nil {
            worker.lose(because: "session")
        }
    }

    // MARK: Probing

    /// Tries a lock until it is granted.
    func probe(_ name: String, number: Int) {
        ProbeTask(self, name, number).start()
    }
}

enum CallAnswer {
    case outcome(Outcome)
    /// It may have had an effect.
    case broken
    /// It had none.
    case notSent
}
