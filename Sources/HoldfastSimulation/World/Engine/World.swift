import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// A cluster with its callers in one thread and no time: servers that are the shipped `Brain`, nodes,
/// clients, a network between them, and faults.
///
/// Everything that happens is an event at a time; between two events nothing happens, so the time goes
/// as fast as the machine computes. All chance comes from the scenario's seed. A host has its own
/// clocks; only histories and faults know the true time. What would reach a paused host waits for it,
/// in order.
///
/// The files beside this one say what each kind of host does with what reaches it; this one keeps the
/// time, and says in which part of the run we are.
final class World {
    let scenario: Scenario
    var now = Instant.zero
    var queue = EventQueue()
    var hash = TraceHash()
    var network: SeededGenerator
    var nodes: [NodeHost] = []
    var servers: [ServerHost] = []
    private var waitsForNodes = 0
    var clients: [SimulatedClient] = []
    var connections: [NodeConnection] = []
    var calls: [CallID: WorldCall] = [:]
    var lastCall: CallID = 0
    var lastGrant: UInt64 = 0
    var lastForced: UInt64 = 0
    /// For each client and server, the way between them.
    var callerLinks: [[CallerLink]] = []
    /// All connections of callers that were ever made, where calls are bytes.
    var wires: [CallerWire] = []
    var resources: [String: FencedResource] = [:]
    var history: History
    var elections = ElectionLog()
    /// What was asked of keys.
    var keyCalls: [KeyCall] = []
    var keysAsked: Set<String> = []
    var phase = WorldPhase.warmUp
    var healedAt = Instant.zero
    var events = 0
    var coverage = Coverage()
    /// What is wrong beyond what the checkers see.
    var complaints: [HistoryViolation] = []
    var residue: [ResidualFact] = []
    /// For people; nil in runs that nobody reads.
    var log: [TraceLine]?
    var actions: [BrainAction] = []
    /// For traces only: the command that a call was written from.
    var commandTexts: [[RedisBytes]: String] = [:]
    /// A host has woken, and takes what waited.
    var isDraining = false
    private var probesLeft: Set<Int> = []
    private var keyProbes: [KeyProbe] = []

    /// More than this is a world that does not come to rest.
    static let eventsMax = 3_000_000

    init(_ scenario: Scenario, lua: LuaEngine?, isLogged: Bool) {
        self.scenario = scenario
        network = scenario.generator(.network)
        history = History(nodeCount: scenario.nodes)
        log = isLogged ? [] : nil
        makeHosts(lua)
        for fault in Fault.all(scenario) { queue.add(.fault(fault), at: fault.at) }
        for server in servers.indices {
            queue.add(
                .serverStart(server: server), at: .zero + .milliseconds(chance(0...900)))
        }
        let chaos = Instant.zero + scenario.warmUp
        queue.add(.phase(.chaos), at: chaos)
        queue.add(.phase(.healed), at: chaos + scenario.chaos + .milliseconds(50))
    }

    func run() {
        while let (at, event) = queue.pop() {
            now = max(now, at)
            events += 1
            if events > Self.eventsMax {
                complain(.liveness, "world", "does not come to rest")
                return
            }
            handle(event)
            if phase == .over { return }
        }
        complain(.liveness, "world", "nothing more happens, and the run is not over")
    }

    func complain(_ invariant: HistoryInvariant, _ subject: String, _ message: String) {
        complaints.append(HistoryViolation(invariant, subject, message))
    }

    func trace(_ who: @autoclosure () -> String, _ what: @autoclosure () -> String) {
        guard log != nil else { return }
        log?.append(TraceLine(at: now, who: who(), what: what()))
    }

    /// Later, by up to this much; with the network's random numbers.
    func chance(_ range: ClosedRange<Int64>) -> Int64 {
        Int64.random(in: range, using: &network)
    }

    // MARK: Events

    func handle(_ event: WorldEvent) {
        hash.mix(UInt64(bitPattern: now.nanoseconds))
        switch event {
        case .command(let delivery): commandArrived(delivery)
        case .reply(let connection, let tag, let reply): replyArrived(connection, tag, reply)
        case .notSent(let server, let life, let node, let tag, let failure):
            commandNotSent(server, life, node, tag, failure)
        case .nodeBytes(let connection, let bytes, let isLate):
            nodeBytesArrived(connection, bytes, isLate: isLate)
        case .serverBytes(let connection, let bytes): serverBytesArrived(connection, bytes)
        case .transportOpen(let connection): transportOpen(connection)
        case .transportRefused(let server, let life, let node):
            transportRefused(server, life, node)
        case .wayTimer(let server, let life, let node): wayTimer(server, life, node)
        case .wake(let server, let life, let node, let name):
            wakeArrived(server, life, node, name)
        case .connect(let server, let life, let node): connect(server, life, node)
        case .connected(let connection, let readiness): connected(connection, readiness)
        case .connectionLost(let connection): connectionLost(connection)
        case .connectionTimedOut(let connection): connectionTimedOut(connection)
        case .serverTimer(let server, let life): serverTimer(server, life)
        case .serverStart(let server): startServer(server)
        case .request(let call, let request): requestArrived(call, request)
        case .callEnded(let call): callEnded(call)
        case .response(let call, let outcome): responseArrived(call, outcome)
        case .streamed(let call, let event): streamArrived(call, event)
        case .wireBytes(let wire, let toServer, let bytes):
            wireBytesArrived(wire, toServer: toServer, bytes)
        case .wireTimer(let wire, let isServer): wireTimer(wire, isServer: isServer)
        case .wireLost(let wire, let isServer): wireLost(wire, isServer: isServer)
        case .client(let client, let action): clientAction(client, action)
        case .wakeUp(let place): wakeUp(place)
        case .fault(let fault): apply(fault)
        case .faultOver(let fault): finish(fault)
        case .phase(let next): enter(next)
        }
    }

    // MARK: Phases

    private func enter(_ next: WorldPhase) {
        guard next.rawValue > phase.rawValue else { return }
        if next == .retention, isNodeOut || isNodeLearning, waitsForNodes < 4 {
            // What lies on a node that is not in yet goes when it is admitted; that may take two absences.
            waitsForNodes += 1
            let ttl = Interval.milliseconds(Int64(clamping: scenario.longestTTL))
            queue.add(.phase(.retention), at: now + ttl + .seconds(8))
            return
        }
        phase = next
        hash.mix(next.rawValue)
        trace("world", "phase \(next)")
        switch next {
        case .warmUp: break
        case .chaos: break
        case .healed:
            heal()
            healedAt = now
            for client in clients { client.stop() }
            startProbes()
            queue.add(.phase(.closing), at: now + livenessBound + .seconds(1))
        case .closing:
            for client in clients { client.close() }
            for probe in keyProbes { lookAgain(probe) }
            let ttl = Interval.milliseconds(Int64(clamping: scenario.longestTTL))
            queue.add(.phase(.retention), at: now + ttl + .seconds(12))
        case .retention: retain()
        case .over: collectResidue()
        }
    }

    private func lookAgain(_ probe: KeyProbe) {
        if !probe.isDone { complain(.liveness, probe.key, "no change and reading succeeded") }
        probe.look()
    }

    private var isNodeOut: Bool {
        servers.contains { $0.isUp && $0.brain.cluster.voters.count < scenario.nodes }
    }

    /// How long after the healing every lock must have been granted: leases end, nodes that may have
    /// forgotten come back one after the other, and callers find their servers again.
    var livenessBound: Interval {
        let ttl = Int64(clamping: scenario.longestTTL)
        // What a node granted while its clock was ahead lasts longer by that, and so does the place of
        // a waiter that is gone.
        let ahead = scenario.traits.contains(.nodeClock) ? ttl * 3 + 10_000 : 0
        let delay: Int64 = scenario.traits.contains(.lockDelay) ? 2000 : 0
        return .milliseconds(ttl * 3 + 15_000 + ahead + delay)
    }

    private func startProbes() {
        let probe = clients[clients.count - 1]
        var names = scenario.hasLocks ? (0..<scenario.keys).map { scenario.key($0) } : []
        if scenario.hasLocks, scenario.traits.contains(.election) { names.append("election/0") }
        let keys = hasStore ? (0..<scenario.storeKeys).map { scenario.storeKey($0) } : []
        probesLeft = Set(0..<(names.count + keys.count))
        for (number, name) in names.enumerated() { probe.probe(name, number: number) }
        for (number, key) in keys.enumerated() {
            keyProbes.append(KeyProbe(probe, key, names.count + number))
        }
        for keyProbe in keyProbes { keyProbe.start() }
    }

    func probeGranted(_ number: Int) {
        guard phase == .healed, probesLeft.remove(number) != nil, probesLeft.isEmpty else { return }
        // All is well; there is nothing to wait for.
        queue.add(.phase(.closing), at: now + .milliseconds(100))
        trace("world", "every lock was granted, every key changed")
    }

    /// Lets everything pass that nodes remember, with next to no events: all servers sleep meanwhile.
    private func retain() {
        checkServers()
        for client in clients { client.watcher?.judge() }
        if hasWires { leave() }
        let end = now + .seconds(300)
        for server in servers.indices { pause(.server(server), until: end) }
        queue.add(.phase(.over), at: end + .seconds(5))
    }

    /// Callers end, whose machines would else ask sleeping servers for life.
    private func leave() {
        for client in clients {
            client.isGone = true
            for server in servers.indices { breakCaller(client.index, server) }
        }
    }

    private func checkServers() {
        for (index, server) in servers.enumerated() where server.isUp {
            let left = server.brain.contents
            let found: [(ResidualFact.Kind, String, Int)] = [
                (.call, "acquisitions", left.acquisitions), (.call, "rounds", left.rounds),
                (.waiter, "queues", left.queues), (.waiter, "waiting", left.waiting),
                (.session, "sessions", left.sessions), (.session, "grants", left.grants),
                (.call, "renewals", left.renewals), (.call, "seedings", left.seedings),
                (.call, "keys", left.keyCalls),
            ]
            for (kind, name, count) in found where count > 0 {
                residue.append(ResidualFact(.server(index), kind, "\(count) \(name)"))
            }
        }
    }

    private func collectResidue() {
        judgeRegisters()
        for (index, host) in nodes.enumerated() {
            if let breach = (host.memory?.burials ?? host.redis?.burials)?.breach {
                complain(.release, "node \(index)", breach)
            }
            residue += host.node.residue(
                node: index, microseconds: host.clock.wallMicroseconds(now))
        }
    }
}
