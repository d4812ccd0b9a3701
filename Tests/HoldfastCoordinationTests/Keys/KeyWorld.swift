import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// Servers, nodes and callers of keys, between which messages come late, in any order, or not at all.
/// The same seed does the same.
struct KeyWorld {
    enum Event {
        case command(server: Int, life: Int, node: Int, KeyTag, String, RegisterStep)
        case reply(server: Int, life: Int, node: Int, KeyTag, RegisterReply?)
        case wake(server: Int, life: Int, KeyTag)
        case client(Int)
        case crash(server: Int)
    }

    struct Client {
        var operation: KeyOperation?
        /// The last versions seen, by key.
        var seen: [String: UInt64] = [:]
        var server = 0
        var call: CallID = 0
        var tries = 0
    }

    var generator: SeededGenerator
    var nodes: [MemoryRegisters]
    var desks: [KeyDesk] = []
    var lives: [Int]
    var clients: [Client]
    var history: [KeyOperation] = []
    let keys: [String]
    let lossPercent: Int
    private var queue: [(at: Int64, order: Int, event: Event)] = []
    private var order = 0
    private var milliseconds: Int64 = 1000
    private var nextCall: CallID = 0
    private var nextProposer: UInt64 = 0
    private var nextValue: UInt64 = 0
    private let endsAt: Int64

    init(seed: UInt64, milliseconds length: Int64 = 4000) {
        generator = SeededGenerator(seed: seed)
        let count = [1, 3, 3, 3, 5].randomElement(using: &generator) ?? 3
        nodes = Array(repeating: MemoryRegisters(), count: count)
        let servers = Int.random(in: 1...3, using: &generator)
        lives = Array(repeating: 0, count: servers)
        clients = Array(repeating: Client(), count: Int.random(in: 2...6, using: &generator))
        keys = (0..<Int.random(in: 1...3, using: &generator)).map { "k\($0)" }
        lossPercent = [0, 2, 10, 20].randomElement(using: &generator) ?? 0
        endsAt = 1000 + length
        for _ in 0..<servers { desks.append(newDesk()) }
        for client in clients.indices { plan(.client(client), within: 20) }
        if Bool.random(using: &generator) {
            for _ in 0..<3 {
                plan(.crash(server: Int.random(in: 0..<servers, using: &generator)), within: length)
            }
        }
    }

    private mutating func newDesk() -> KeyDesk {
        nextProposer += 1
        var desk = KeyDesk(
            proposer: nextProposer, quorum: nodes.count / 2 + 1,
            roundBudget: .milliseconds(40), seed: generator.next())
        desk.votersChanged(to: NodeSet(0..<nodes.count), epoch: 1)
        return desk
    }

    private mutating func plan(_ event: Event, within longest: Int64, least: Int64 = 0) {
        order += 1
        let at = milliseconds + Int64.random(in: least...max(least, longest), using: &generator)
        queue.append((at, order, event))
    }

    private mutating func isLost() -> Bool {
        Int.random(in: 0..<100, using: &generator) < lossPercent
    }

    var moment: Moment {
        Moment(
            instant: Instant(nanoseconds: milliseconds * 1_000_000),
            wallMicroseconds: UInt64(milliseconds) * 1000)
    }

    mutating func run() {
        while let place = queue.indices.min(by: {
            (queue[$0].at, queue[$0].order) < (queue[$1].at, queue[$1].order)
        }) {
            let next = queue.remove(at: place)
            milliseconds = max(milliseconds, next.at)
            happen(next.event)
        }
    }

    private mutating func happen(_ event: Event) {
        switch event {
        case .command(let server, let life, let node, let tag, let name, let step):
            let reply = nodes[node].execute(name, step)
            let isLost = isLost()
            plan(
                .reply(server: server, life: life, node: node, tag, isLost ? nil : reply),
                within: isLost ? 60 : 8)
        case .reply(let server, let life, let node, let tag, let reply):
            guard lives[server] == life else { return }
            desks[server].replied(node, tag, reply, at: moment)
            carryOut(server)
        case .wake(let server, let life, let tag):
            guard lives[server] == life else { return }
            desks[server].timePassed(tag, at: moment)
            carryOut(server)
        case .client(let number): act(number)
        case .crash(let server):
            lives[server] += 1
            desks[server] = newDesk()
            for number in clients.indices
            where clients[number].server == server && clients[number].operation != nil {
                answered(number, nil)
            }
        }
    }

    private mutating func carryOut(_ server: Int) {
        for action in desks[server].takeActions() {
            switch action {
            case .send(let node, let tag, let name, let step):
                if isLost() {
                    plan(
                        .reply(server: server, life: lives[server], node: node, tag, nil),
                        within: 60)
                } else {
                    // Some come very late, behind whatever was sent since.
                    let isLate = Int.random(in: 0..<100, using: &generator) < lossPercent
                    plan(
                        .command(
                            server: server, life: lives[server], node: node, tag, name, step),
                        within: isLate ? 200 : 8)
                }
            case .wake(let tag, let at):
                order += 1
                queue.append(
                    (
                        at.nanoseconds / 1_000_000 + 1, order,
                        .wake(server: server, life: lives[server], tag)
                    ))
            case .respond(let call, let outcome):
                guard let number = clients.firstIndex(where: { $0.call == call }) else { continue }
                answered(number, outcome)
            // Nobody asks for one.
            case .list, .respondAll, .looked, .names: break
            }
        }
    }

    // MARK: Callers

    private mutating func act(_ number: Int) {
        if clients[number].operation == nil {
            guard milliseconds < endsAt else { return }
            clients[number].operation = newOperation(number)
            clients[number].tries = 0
        }
        guard let operation = clients[number].operation else { return }
        let server = Int.random(in: desks.indices, using: &generator)
        nextCall += 1
        clients[number].server = server
        clients[number].call = nextCall
        clients[number].tries += 1
        if let change = operation.change {
            desks[server].change(nextCall, operation.key, operation.id, change, at: moment)
        } else {
            desks[server].read(nextCall, operation.key, at: moment)
        }
        carryOut(server)
    }

    private mutating func newOperation(_ number: Int) -> KeyOperation {
        let key = keys.randomElement(using: &generator) ?? "k0"
        nextValue += 1
        let value = withUnsafeBytesOf(nextValue)
        let change: KeyChange?
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<3: change = KeyChange(.put(value, ttlMilliseconds: 0))
        case 3: change = KeyChange(.put(value, ttlMilliseconds: 0), if: .absent)
        case 4..<6:
            change = KeyChange(
                .put(value, ttlMilliseconds: 0), if: .version(clients[number].seen[key] ?? 1))
        case 6: change = KeyChange(.delete)
        default: change = nil
        }
        return KeyOperation(
            id: RequestID.random(using: &generator), key: key, change: change,
            began: milliseconds)
    }

    private func withUnsafeBytesOf(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
    }

    /// - Parameter outcome: `nil`: the server died.
    private mutating func answered(_ number: Int, _ outcome: KeyOutcome?) {
        guard var operation = clients[number].operation else { return }
        clients[number].call = 0
        let isOpen = outcome == nil || outcome == .unknown || outcome == .unavailable
        if isOpen, clients[number].tries < 6 {
            if outcome != .unavailable { operation.wasUncertain = true }
            clients[number].operation = operation
            plan(.client(number), within: 30)
            return
        }
        operation.ended = isOpen ? nil : milliseconds
        operation.outcome = isOpen ? nil : outcome
        history.append(operation)
        clients[number].operation = nil
        switch outcome {
        case .applied(let version): clients[number].seen[operation.key] = version
        case .mismatch(let view), .value(let view):
            clients[number].seen[operation.key] = view?.version
        default: break
        }
        plan(.client(number), within: 20)
    }
}

/// What a caller asked for, and what it was told.
struct KeyOperation {
    let id: RequestID
    let key: String
    /// `nil`: it reads.
    let change: KeyChange?
    let began: Int64
    /// `nil`: nobody knows what came of it.
    var ended: Int64?
    var outcome: KeyOutcome?
    var wasUncertain = false

    init(id: RequestID, key: String, change: KeyChange?, began: Int64) {
        self.id = id
        self.key = key
        self.change = change
        self.began = began
    }
}
