import HoldfastSystem

/// `holdfast-bench kv`: what keys cost, beside the bare scripts of the same run.
struct KeyBench {
    /// How many keys a worker goes through.
    static let keysEach = 4

    var nodes: Int
    var loads: [LockBench.Load]
    var kinds: [KeyWork.Kind]
    var sizes: [Int]
    var fsync: BenchNode.Fsync
    var seconds: Double
    var rounds: Int
    var peers: [PeerCommand]
    var isPinned: Bool
    var json: Bool

    func run() async throws {
        try BenchProcesses.watchSignals()
        defer { BenchProcesses.endAll() }
        let stage = try LockStage(nodes: nodes, servers: 1, isPinned: isPinned, fsync: fsync)
        let peers = try LockPeers(peers, nodes: nodes, in: stage.folder)
        let report = LockReport(bench: "kv", nodes: nodes, servers: 1, json: json)
        if !json {
            print(
                "keys on \(nodes == 0 ? "the node in memory" : "\(nodes) Redis nodes"), "
                    + "appendfsync \(fsync.rawValue); connections x workers, bytes of a value")
        }
        for kind in kinds {
            for bytes in sizes {
                for load in loads {
                    try await measure(kind, bytes, load, stage, peers, report)
                }
            }
        }
    }

    private func measure(
        _ kind: KeyWork.Kind, _ bytes: Int, _ load: LockBench.Load, _ stage: LockStage,
        _ peers: LockPeers, _ report: LockReport
    ) async throws {
        var bare: [LockResult] = []
        var one: [LockResult] = []
        var ours: [LockResult] = []
        var others: [PeerCommand: [LockResult]] = [:]
        // Interleaved: what the machine does meanwhile meets all of them alike.
        for _ in 0..<rounds {
            if nodes > 0, kind != .hot {
                bare.append(
                    try await OwnThread.run { [seconds] in
                        let workers = load.connections * load.depth
                        return try stage.driveBare(
                            kind == .get
                                ? .reads(workers: workers, bytes: bytes)
                                : .writes(workers: workers, bytes: bytes), seconds: seconds)
                    })
            }
            if kind == .hot {
                one.append(try await drive(kind, bytes, .init(connections: 1, depth: 1), stage))
            }
            ours.append(try await drive(kind, bytes, load, stage))
            for peer in peers.commands {
                let (result, _) = try await peers.run(
                    peer, test: kind.rawValue, workers: load.connections * load.depth,
                    seconds: max(seconds, 1), bytes: bytes)
                others[peer, default: []].append(result)
            }
        }
        let title = "\(kind.rawValue) \(bytes)B"
        func tell(_ client: String, _ all: [LockResult]) {
            let result = LockResult.median(all)
            var figures = [
                ("per_s", result.perSecond, 0), ("p50_us", result.p50, 0),
                ("p99_us", result.p99, 0), ("cpu_us_server", result.server, 1),
                ("cpu_us_node", result.node, 1), ("cpu_us_client", result.client, 1),
                ("failures", Double(result.failures), 0),
            ]
            if client == "ours" {
                for (name, base) in [("of_bare", bare), ("of_one", one)]
                    + peers.commands.map({ ("of_" + $0.name, others[$0, default: []]) })
                where !base.isEmpty {
                    let ratio = EchoBench.median(zip(all, base).map { $0.perSecond / $1.perSecond })
                    figures.insert((name, ratio, 2), at: 1)
                }
            }
            report.facts(title, "\(load.name) \(client)", figures)
        }
        if !bare.isEmpty { tell("bare", bare) }
        if !one.isEmpty { tell("one", one) }
        tell("ours", ours)
        for peer in peers.commands { tell(peer.name, others[peer, default: []]) }
    }

    private func drive(
        _ kind: KeyWork.Kind, _ bytes: Int, _ load: LockBench.Load, _ stage: LockStage
    ) async throws -> LockResult {
        try await OwnThread.run { [seconds] in
            let hot = stage.names(1)
            let loads = try stage.connect(load.connections) { _, endpoint, context in
                let keys = kind == .hot ? hot : stage.names(Self.keysEach * load.depth)
                return try KeyLoad(
                    to: endpoint, context: context,
                    KeyWork(kind: kind, keys: keys, bytes: bytes))
            }
            return try stage.drive(loads, depth: load.depth, seconds: seconds) {
                loads.allSatisfy(\.isPrepared)
            }
        }
    }
}
