import HoldfastBase
import HoldfastSystem

/// What one run of one case measured.
struct LockResult: Sendable {
    var perSecond = 0.0
    var p50 = 0.0
    var p99 = 0.0
    /// Half of the acquires were answered within so many microseconds.
    var acquireP50 = 0.0
    /// Processor time of all servers, of one node on average, and of the client, in microseconds for
    /// each cycle.
    var server = 0.0
    var node = 0.0
    var client = 0.0
    var failures = 0

    /// Each figure by itself: medians of the rounds.
    static func median(_ results: [LockResult]) -> LockResult {
        func middle(_ path: KeyPath<LockResult, Double>) -> Double {
            EchoBench.median(results.map { $0[keyPath: path] })
        }
        return LockResult(
            perSecond: middle(\.perSecond), p50: middle(\.p50), p99: middle(\.p99),
            acquireP50: middle(\.acquireP50), server: middle(\.server), node: middle(\.node),
            client: middle(\.client), failures: results.reduce(0) { $0 + $1.failures })
    }
}

/// Processor time of all processes of a run, from one moment on.
struct LockMeter {
    private let servers: [ChildProcess]
    private let nodes: [ChildProcess]
    private let began: Instant
    private let serverTime: Int64
    private let nodeTime: Int64
    private let clientTime: Int64

    init(servers: [ChildProcess], nodes: [ChildProcess]) {
        self.servers = servers
        self.nodes = nodes
        serverTime = Self.time(servers)
        nodeTime = Self.time(nodes)
        clientTime = Clocks.processorTime().nanoseconds
        began = Clocks.now()
    }

    private static func time(_ processes: [ChildProcess]) -> Int64 {
        processes.reduce(0) { $0 + $1.processorTime().nanoseconds }
    }

    /// Of all nodes together, so far.
    var nodeMicroseconds: Double { Double(Self.time(nodes) - nodeTime) / 1000 }

    func result(_ cycles: Histogram, _ acquires: Histogram, failures: Int) -> LockResult {
        let count = Double(max(1, cycles.count))
        let seconds = Double((Clocks.now() - began).nanoseconds) / 1e9
        func each(_ before: Int64, _ after: Int64) -> Double {
            Double(after - before) / 1000 / count
        }
        return LockResult(
            perSecond: Double(cycles.count) / seconds, p50: cycles.microseconds(at: 0.5),
            p99: cycles.microseconds(at: 0.99), acquireP50: acquires.microseconds(at: 0.5),
            server: each(serverTime, Self.time(servers)),
            node: nodes.isEmpty
                ? 0 : each(nodeTime, Self.time(nodes)) / Double(nodes.count),
            client: each(clientTime, Clocks.processorTime().nanoseconds), failures: failures)
    }
}
