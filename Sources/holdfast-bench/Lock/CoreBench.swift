import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import HoldfastSystem

/// What deciding costs: the brain and nodes in memory, in one thread, without a network.
///
/// The bare thing is a dictionary that is asked whether the name is there.
struct CoreBench {
    struct Case {
        var name: String
        var nodes: Int
        var isSession: Bool
    }

    var seconds: Double
    var json: Bool

    private static let cases = [
        Case(name: "own ttl", nodes: 1, isSession: false),
        Case(name: "own ttl", nodes: 3, isSession: false),
        Case(name: "own ttl", nodes: 5, isSession: false),
        Case(name: "session", nodes: 1, isSession: true),
        Case(name: "session", nodes: 3, isSession: true),
    ]

    func run() {
        if !json { print(Report.row(["case", "nodes", "cycles/s", "ns/cycle", "of which nodes"])) }
        for item in Self.cases {
            var world = World(nodes: item.nodes)
            let cycles = world.run(seconds: seconds, isSession: item.isSession)
            let nanoseconds = seconds * 1e9 / Double(cycles)
            let onNodes = world.nodeNanoseconds / Double(cycles)
            if json {
                print(
                    Report.json([
                        ("bench", .text("core")), ("case", .text(item.name)),
                        ("nodes", .number(Double(item.nodes))),
                        ("ops_per_s", .number(1e9 / nanoseconds)),
                        ("ns_per_cycle", .number(nanoseconds)),
                        ("ns_nodes", .number(onNodes)),
                    ]))
            } else {
                print(
                    Report.row([
                        item.name, "\(item.nodes)", Report.number(1e9 / nanoseconds, 0),
                        Report.number(nanoseconds, 0), Report.number(onNodes, 0),
                    ]))
            }
        }
    }
}

extension CoreBench {
    /// A brain and its nodes; everything arrives at once.
    private struct World {
        var brain: Brain
        var nodes: [MemoryNode]
        var actions: [BrainAction] = []
        var replies: [(node: NodeIndex, tag: UInt64, reply: NodeReply)] = []
        var nodeNanoseconds = 0.0
        var answers = 0

        init(nodes count: Int) {
            var configuration = ClusterConfiguration(cluster: 1, nodes: count)
            configuration.mayForm = true
            brain = Brain(configuration, server: 1, seed: 1)
            nodes = Array(repeating: MemoryNode(), count: count)
            brain.started(at: Self.moment())
            for node in 0..<count {
                brain.connected(
                    node, NodeReadiness(marker: 5, isDurable: true), at: Self.moment())
            }
            settle(Self.moment())
        }

        static func moment() -> Moment {
            let now = Clocks.now()
            return Moment(
                instant: now,
                wallMicroseconds: 1_700_000_000_000_000 + UInt64(now.nanoseconds / 1000))
        }

        mutating func settle(_ moment: Moment) {
            repeat {
                brain.takeActions(into: &actions)
                let isTimed = actions.count > 0 && answers & 63 == 0
                let before = isTimed ? Clocks.now() : .zero
                for action in actions {
                    switch action {
                    case .send(let node, let tag, let gate, let command):
                        let reply = nodes[node].execute(
                            command, expecting: gate, microseconds: moment.wallMicroseconds)
                        replies.append((node, tag, reply))
                    case .respond: answers += 1
                    case .emit, .tellWhenSent, .inspect, .report: break
                    }
                }
                if isTimed {
                    nodeNanoseconds += 64 * Double((Clocks.now() - before).nanoseconds)
                }
                for item in replies {
                    brain.replied(item.node, tag: item.tag, item.reply, at: moment)
                }
                replies.removeAll(keepingCapacity: true)
            } while !brain.actions.isEmpty
        }

        mutating func run(seconds: Double, isSession: Bool) -> Int {
            let session = SessionID(high: 7, low: 7)
            if isSession {
                brain.requested(
                    1, .openSession(session, ttlMilliseconds: 600_000), at: Self.moment())
                settle(Self.moment())
            }
            nodeNanoseconds = 0
            let end = Clocks.now() + Interval(nanoseconds: Int64(seconds * 1e9))
            var cycles = 0
            var call: CallID = 1
            while true {
                let moment = Self.moment()
                if cycles & 15 == 0 {
                    if moment.instant >= end { return cycles }
                    if brain.nextDue <= moment.instant {
                        brain.timePassed(at: moment)
                        settle(moment)
                    }
                }
                let name = "l/orders/\(cycles & 4095)"
                let grant = GrantID(high: UInt64(cycles), low: 3)
                var request = AcquireRequest(names: [name], grant: grant)
                if isSession { request.session = session }
                call += 1
                brain.requested(call, .acquire(request), at: moment)
                settle(moment)
                call += 1
                brain.requested(
                    call, .release(names: [name], grant: grant, isSole: true), at: moment)
                settle(moment)
                cycles += 1
            }
        }
    }
}
