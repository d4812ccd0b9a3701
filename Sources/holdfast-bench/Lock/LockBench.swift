import Glibc
import HoldfastBase
import HoldfastRPC
import HoldfastSystem
import HoldfastWire

/// `holdfast-bench lock`: what locks cost, beside the bare scripts and echo of the same run.
struct LockBench {
    enum Case: String, CaseIterable {
        /// Grants with a life of their own.
        case cycles
        /// Grants in a session.
        case sessions
        /// The generated client, a task for each worker.
        case async
        /// Many who want one lock.
        case handoff
        /// Sessions kept alive.
        case renewals
        /// A long queue.
        case waiters
        /// Very many names, each once, and what is kept of them.
        case names
        /// Two servers with different clocks, the same names.
        case turns

        var isCycles: Bool { self == .cycles || self == .sessions || self == .async }
    }

    /// So many connections with so many workers each.
    struct Load: Hashable {
        var connections: Int
        var depth: Int
        var name: String { "\(connections)x\(depth)" }
    }

    var nodes: Int
    var servers: Int
    var loads: [Load]
    var cases: [Case]
    var seconds: Double
    var rounds: Int
    /// Of the case `names`.
    var names: Int
    var peers: [PeerCommand]
    var isPinned: Bool
    var json: Bool

    func run() async throws {
        try BenchProcesses.watchSignals()
        defer { BenchProcesses.endAll() }
        let stage = try LockStage(
            nodes: nodes, servers: servers, isPinned: isPinned, isClockOff: cases.contains(.turns))
        let peers = try LockPeers(peers, nodes: nodes, in: stage.folder)
        let report = LockReport(nodes: nodes, servers: servers, json: json)
        if cases.contains(where: \.isCycles) {
            report.header()
            for load in loads { try await measure(load, stage, peers, report) }
        }
        for item in cases {
            switch item {
            case .cycles, .sessions, .async: break
            case .handoff:
                try await HandOffBench(
                    stage: stage, seconds: max(seconds, 0.5), rounds: rounds, report: report,
                    peers: peers
                ).run()
            case .renewals: try await RenewalBench(stage: stage, report: report).run()
            case .waiters: try await WaitersBench(stage: stage, report: report).run()
            case .names:
                try await NamesBench(stage: stage, names: names, report: report).run()
            case .turns:
                try await TurnsBench(stage: stage, seconds: max(seconds, 1), report: report).run()
            }
        }
    }

    // MARK: Cycles

    /// One kind of client under one load; `bare` is the bare thing below.
    private enum Runner: Hashable {
        case bare
        case echo
        case ours(Case)
        case peer(PeerCommand)

        var name: String {
            switch self {
            case .bare: "bare"
            case .echo: "echo"
            case .ours(.cycles): "machine"
            case .ours(.sessions): "session"
            case .ours(let other): other.rawValue
            case .peer(let peer): peer.name
            }
        }
    }

    private func measure(
        _ load: Load, _ stage: LockStage, _ peers: LockPeers, _ report: LockReport
    ) async throws {
        let runners: [Runner] =
            (nodes > 0 ? [.bare] : []) + [.echo]
            + cases.filter(\.isCycles).map { .ours($0) } + peers.commands.map { .peer($0) }
        var results: [Runner: [LockResult]] = [:]
        // Interleaved: what the machine does meanwhile meets all of them alike.
        for _ in 0..<rounds {
            for runner in runners {
                results[runner, default: []].append(try await run(runner, load, stage, peers))
            }
        }
        let echo = results[.echo, default: []]
        let bare = results[.bare] ?? echo.map(Self.halved)
        for runner in runners {
            let all = results[runner, default: []]
            var row = LockReport.Row(
                load: load.name, client: runner.name, result: .median(all),
                baseline: .median(bare))
            row.rateRatio = EchoBench.median(zip(all, bare).map { $0.perSecond / $1.perSecond })
            row.acquireRatio = EchoBench.median(
                zip(all, zip(bare, echo)).map { own, below in
                    own.acquireP50 / (below.0.acquireP50 + below.1.p50)
                })
            report.row(row)
        }
    }

    /// A cycle on a node in memory is two calls and nothing else.
    private static func halved(_ echo: LockResult) -> LockResult {
        var result = echo
        result.perSecond /= 2
        result.acquireP50 = 0
        return result
    }

    private func run(
        _ runner: Runner, _ load: Load, _ stage: LockStage, _ peers: LockPeers
    ) async throws -> LockResult {
        switch runner {
        case .bare:
            return try await OwnThread.run { [seconds] in
                try stage.driveBare(
                    .cycles(workers: load.connections * load.depth), seconds: seconds)
            }
        case .echo: return try await echo(load, stage)
        case .ours(.async):
            return try await AsyncCycles(stage: stage).run(
                connections: load.connections, depth: load.depth, seconds: seconds)
        case .ours(.cycles): return try await machine(load, stage, session: [])
        case .peer(let peer):
            return try await peers.run(
                peer, test: "cycle", workers: load.connections * load.depth,
                seconds: max(seconds, 1)
            ).0
        case .ours:
            return try await stage.withSession { session in
                try await machine(load, stage, session: session)
            }
        }
    }

    private func machine(
        _ load: Load, _ stage: LockStage, session: [UInt8]
    ) async throws -> LockResult {
        try await OwnThread.run { [seconds] in
            let names = max(load.depth, 4096 / load.connections)
            let loads = try stage.connect(load.connections) { _ in
                LockWork(names: stage.names(names), session: session)
            }
            return try stage.drive(loads, depth: load.depth, seconds: seconds)
        }
    }

    private func echo(_ load: Load, _ stage: LockStage) async throws -> LockResult {
        let server = stage.servers[0]
        let runner = LoadRunner(
            server: server.process, endpoint: server.endpoint, certificates: stage.certificates,
            payloadBytes: 64, pin: stage.pin)
        let result = try await OwnThread.run { [seconds] in
            try runner.drive(
                .echo, connections: load.connections, depth: load.depth, seconds: seconds)
        }
        return LockResult(
            perSecond: result.operationsPerSecond, p50: result.p50Microseconds,
            p99: result.p99Microseconds, server: result.serverMicroseconds,
            client: result.clientMicroseconds, failures: result.failures)
    }
}
