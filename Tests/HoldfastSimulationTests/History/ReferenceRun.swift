import HoldfastBase
import HoldfastSimulation

/// Random clients on reference locks: histories that are right, with crossing calls, refusals, expiry,
/// lost answers, and nodes that forget without harm.
///
/// Each call takes effect at one point between call and return; the points are gone through in order.
struct ReferenceRun {
    private struct Client {
        var held: (lock: Int, grant: HistoryGrant)?
        var kind = HistoryKind.acquire
        var lock = 0
        var called = Instant.zero
        var point = Instant.zero
        var returned = Instant.zero
        var isAnswerLost = false
    }

    private static let ttl = Interval.milliseconds(100)

    private var random: SeededGenerator
    private var locks: [ReferenceLock]
    private var clients: [Client]
    private var nextGrant: UInt64 = 1
    private(set) var history = History(nodeCount: 3)

    static func history(
        seed: UInt64, records: Int, clients: Int = 8, locks: Int = 3
    ) -> History {
        var run = ReferenceRun(seed: seed, clients: clients, locks: locks)
        while run.history.records.count < records { run.step() }
        run.history.forgets = [NodeForget(node: 0, at: .zero + Self.ttl)]
        return run.history
    }

    private init(seed: UInt64, clients: Int, locks: Int) {
        random = SeededGenerator(seed: seed)
        self.locks = Array(repeating: ReferenceLock(), count: locks)
        self.clients = Array(repeating: Client(), count: clients)
        for client in self.clients.indices { plan(client) }
    }

    private mutating func milliseconds(_ range: Range<Int64>) -> Interval {
        .microseconds(
            Int64.random(in: (range.lowerBound * 1000)..<(range.upperBound * 1000), using: &random))
    }

    /// Carries out the call whose point comes next.
    private mutating func step() {
        var next = 0
        for client in clients.indices where clients[client].point < clients[next].point {
            next = client
        }
        let call = clients[next]
        let outcome = apply(next)
        record(next, call.isAnswerLost ? .unknown : outcome)
        plan(next)
    }

    private mutating func record(_ client: Int, _ outcome: HistoryOutcome) {
        let call = clients[client]
        let subject =
            call.kind == .renew || call.kind == .release ? call.held?.grant.id : nil
        let isUnknown = outcome == .unknown
        history.records.append(
            HistoryRecord(
                id: UInt64(history.records.count), client: UInt32(client),
                lock: "lock \(call.lock)",
                kind: call.kind, subject: subject, called: call.called,
                returned: isUnknown ? .never : call.returned, outcome: outcome))
        follow(client, outcome)
    }

    /// What the client knows afterwards.
    private mutating func follow(_ client: Int, _ outcome: HistoryOutcome) {
        let call = clients[client]
        switch (call.kind, outcome) {
        case (.acquire, .granted(let grant)): clients[client].held = (call.lock, grant)
        case (.renew, .granted(let grant)):
            // A guard whose deadline has passed does not believe the answer.
            let isInTime = call.held.map { call.returned <= $0.grant.deadline } ?? false
            clients[client].held = isInTime ? (call.lock, grant) : nil
        case (.release, _), (.renew, .notOwner): clients[client].held = nil
        default: break
        }
    }

    private mutating func apply(_ client: Int) -> HistoryOutcome {
        let call = clients[client]
        // An answer is lost with or without the effect of the call.
        if call.isAnswerLost, Bool.random(using: &random) { return .unknown }
        let expires = call.point + Self.ttl
        let strength = Int.random(in: 2...3, using: &random)
        switch call.kind {
        case .acquire:
            let grant = nextGrant
            nextGrant += 1
            let mode = Int.random(in: 0..<4, using: &random) == 0 ? HistoryMode.shared : .exclusive
            if let holder = locks[call.lock].acquire(grant, mode, at: call.point, until: expires) {
                return .notHeld(by: holder)
            }
            return .granted(
                HistoryGrant(
                    id: grant, fence: locks[call.lock].latestFence, strength: strength, mode: mode,
                    deadline: call.called + Self.ttl))
        case .renew:
            guard var grant = call.held?.grant,
                locks[call.lock].renew(grant.id, at: call.point, until: expires)
            else { return .notOwner }
            grant.strength = strength
            grant.deadline = call.called + Self.ttl
            return .granted(grant)
        case .release:
            guard let grant = call.held?.grant, locks[call.lock].release(grant.id, at: call.point)
            else { return .notOwner }
            return .released
        case .info:
            return locks[call.lock].holder(at: call.point).map { .notHeld(by: $0) } ?? .free
        case .forceRelease, .lost: return .unknown
        }
    }

    private mutating func plan(_ client: Int) {
        var call = clients[client]
        call.called = call.returned + milliseconds(0..<20)
        call.lock = Int.random(in: locks.indices, using: &random)
        call.kind = Int.random(in: 0..<5, using: &random) == 0 ? .info : .acquire
        if let held = call.held {
            call.lock = held.lock
            if call.called >= held.grant.deadline {
                call.held = nil
                history.records.append(
                    HistoryRecord(
                        id: UInt64(history.records.count), client: UInt32(client),
                        lock: "lock \(held.lock)", kind: .lost, subject: held.grant.id,
                        called: call.called, returned: call.called, outcome: .lost))
                call.kind = .acquire
            } else {
                let choice = Int.random(in: 0..<10, using: &random)
                call.kind = choice < 4 ? .renew : .release
                // Now and then a client sleeps on its grant.
                if choice == 9 { call.called = call.called + milliseconds(0..<150) }
            }
        }
        call.point = call.called + milliseconds(0..<10)
        call.returned = call.point + milliseconds(0..<10)
        call.isAnswerLost = Int.random(in: 0..<40, using: &random) == 0
        clients[client] = call
    }
}
