import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// Some servers and nodes on a table: commands lie in the queue of their connection until the story
/// delivers them, answers likewise.
struct Bench {
    struct Link {
        var commands: [(tag: UInt64, gate: GateIdentity, command: NodeCommand)] = []
        var replies: [(tag: UInt64, reply: NodeReply)] = []
        /// Nothing arrives in either direction.
        var isStalled = false
    }

    var servers: [Brain]
    var nodes: [MemoryNode]
    var links: [[Link]]
    var answers: [CallID: Outcome] = [:]
    var events: [CallID: [StreamEvent]] = [:]
    /// Callers that take what is sent only when the story says so, and those that have something to take.
    var slow: Set<CallID> = []
    private(set) var blocked: Set<CallID> = []
    /// How far each node's clock is from the right one.
    var clockOffset: [Int64]
    var reports: [(node: NodeIndex, change: NodeChange)] = []
    var milliseconds: Int64 = 1_000_000
    /// How far each server's wall clock is from that of the nodes.
    var skew: [Int64]
    var lives: [UInt64]
    /// How many commands were executed, by node.
    var executed: [Int]
    private var nextCall: CallID = 0

    init(nodes count: Int, servers serverCount: Int = 1, skew: [Int64] = []) {
        var configuration = ClusterConfiguration(cluster: 7, nodes: count)
        configuration.mayForm = true
        configuration.admissionSpread = .zero
        servers = (0..<serverCount).map {
            Brain(configuration, server: UInt64($0 + 1), seed: UInt64($0))
        }
        nodes = Array(repeating: MemoryNode(), count: count)
        links = Array(
            repeating: Array(repeating: Link(), count: count), count: serverCount)
        self.skew = skew.isEmpty ? Array(repeating: 0, count: serverCount) : skew
        lives = (0..<count).map { 100 + UInt64($0) }
        executed = Array(repeating: 0, count: count)
        clockOffset = Array(repeating: 0, count: count)
        for server in servers.indices {
            servers[server].started(at: moment(server))
            for node in nodes.indices { connect(server, node) }
        }
        settle()
    }

    func moment(_ server: Int) -> Moment {
        Moment(
            instant: Instant(nanoseconds: milliseconds * 1_000_000),
            wallMicroseconds: UInt64((milliseconds + skew[server]) * 1000))
    }

    mutating func connect(_ server: Int, _ node: NodeIndex) {
        links[server][node] = Link()
        servers[server].connected(
            node, NodeReadiness(marker: lives[node], isDurable: false), at: moment(server))
        collect(server)
    }

    /// The connection breaks; what was under way is lost.
    mutating func cut(_ server: Int, _ node: NodeIndex) {
        let lost = links[server][node].commands + []
        let unread = links[server][node].replies
        links[server][node] = Link()
        for command in lost {
            servers[server].replied(
                node, tag: command.tag, .failed(.unknownOutcome), at: moment(server))
        }
        for reply in unread {
            servers[server].replied(
                node, tag: reply.tag, .failed(.unknownOutcome), at: moment(server))
        }
        servers[server].disconnected(node, "cut", at: moment(server))
        collect(server)
    }

    // MARK: Callers

    @discardableResult
    mutating func ask(
        _ request: CoordinationRequest, server: Int = 0, connection: ConnectionID = 1
    ) -> CallID {
        nextCall += 1
        servers[server].requested(
            nextCall, request, connection: connection, at: moment(server))
        collect(server)
        return nextCall
    }

    /// Asks and delivers everything.
    mutating func get(_ request: CoordinationRequest, server: Int = 0) -> Outcome? {
        let call = ask(request, server: server)
        settle()
        return answers[call]
    }

    mutating func end(_ call: CallID, server: Int = 0) {
        servers[server].callEnded(call, at: moment(server))
        collect(server)
    }

    /// A slow caller takes what was sent.
    mutating func take(_ call: CallID, server: Int = 0) {
        guard blocked.remove(call) != nil else { return }
        servers[server].elementsSent(call, at: moment(server))
        collect(server)
    }

    // MARK: Delivery

    private mutating func collect(_ server: Int) {
        var actions: [BrainAction] = []
        servers[server].takeActions(into: &actions)
        for action in actions {
            switch action {
            case .send(let node, let tag, let gate, let command):
                links[server][node].commands.append((tag, gate, command))
            case .respond(let call, let outcome): answers[call] = outcome
            case .emit(let call, let event): events[call, default: []].append(event)
            case .report(let node, let change): reports.append((node, change))
            case .tellWhenSent(let call):
                if slow.contains(call) {
                    blocked.insert(call)
                } else {
                    servers[server].elementsSent(call, at: moment(server))
                    collect(server)
                }
            case .inspect: break
            }
        }
    }

    /// Executes the oldest command on its way from `server` to `node`.
    mutating func execute(_ server: Int, _ node: NodeIndex) {
        guard !links[server][node].commands.isEmpty else { return }
        let (tag, gate, command) = links[server][node].commands.removeFirst()
        let reply = nodes[node].execute(
            command, expecting: gate,
            microseconds: UInt64((milliseconds + clockOffset[node]) * 1000))
        executed[node] += 1
        links[server][node].replies.append((tag, reply))
        for wake in nodes[node].takeWakes() {
            guard let target = servers.indices.first(where: { UInt64($0 + 1) == wake.server })
            else { continue }
            servers[target].woken(node, wake.name, at: moment(target))
            collect(target)
        }
    }

    /// Brings the oldest answer from `node` to `server`.
    mutating func answer(_ server: Int, _ node: NodeIndex) {
        guard !links[server][node].replies.isEmpty else { return }
        let (tag, reply) = links[server][node].replies.removeFirst()
        servers[server].replied(node, tag: tag, reply, at: moment(server))
        collect(server)
    }

    /// Executes and answers all that lies on one link.
    mutating func deliver(_ server: Int, _ node: NodeIndex) {
        while !links[server][node].commands.isEmpty { execute(server, node) }
        while !links[server][node].replies.isEmpty { answer(server, node) }
    }

    /// Delivers until nothing is under way, but on stalled links.
    mutating func settle() {
        var isBusy = true
        while isBusy {
            isBusy = false
            for server in servers.indices {
                for node in nodes.indices where !links[server][node].isStalled {
                    if links[server][node].commands.isEmpty, links[server][node].replies.isEmpty {
                        continue
                    }
                    isBusy = true
                    deliver(server, node)
                }
            }
        }
    }

    /// Lets time pass, and everything that becomes due in it happen.
    mutating func pass(_ duration: Int64) {
        let end = milliseconds + duration
        while true {
            let due = servers.map(\.nextDue).min() ?? .never
            let next = due == .never ? end : min(end, (due.nanoseconds + 999_999) / 1_000_000)
            milliseconds = max(milliseconds, next)
            for server in servers.indices {
                servers[server].timePassed(at: moment(server))
                collect(server)
            }
            settle()
            if milliseconds >= end { return }
            if next <= milliseconds, due > Instant(nanoseconds: milliseconds * 1_000_000) {
                continue
            }
        }
    }
}

extension Outcome {
    var granted: Granted? {
        if case .granted(let granted) = self { return granted }
        return nil
    }

    var notHeld: NotHeld? {
        if case .notHeld(let notHeld) = self { return notHeld }
        return nil
    }

    var failure: Failure? {
        if case .failed(let failure) = self { return failure }
        return nil
    }
}

/// The grant of a number, for stories.
func grant(_ number: UInt64) -> GrantID { GrantID(high: 1, low: number) }

func acquire(
    _ name: String, _ number: UInt64, ttl: UInt64 = 30_000, wait: UInt64 = 0,
    mode: LockMode = .exclusive
) -> CoordinationRequest {
    var request = AcquireRequest(names: [name], grant: grant(number))
    request.ttlMilliseconds = ttl
    request.waitMilliseconds = wait
    request.mode = mode
    return .acquire(request)
}

func release(_ name: String, _ number: UInt64) -> CoordinationRequest {
    .release(names: [name], grant: grant(number), isSole: true)
}
