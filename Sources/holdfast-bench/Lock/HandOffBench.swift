import HoldfastBase
import HoldfastSystem

/// Many who want one lock: how often it goes from one to the next, how fairly, and how long they
/// wait.
struct HandOffBench {
    static let waiters = 32

    let stage: LockStage
    let seconds: Double
    let rounds: Int
    let report: LockReport
    let peers: LockPeers

    private struct Figures {
        var result = LockResult()
        /// The largest deviation from the mean, of the grants of a worker.
        var unfairness = 0.0
    }

    func run() async throws {
        var bare: [LockResult] = []
        var ours: [Figures] = []
        var others: [String: [Figures]] = [:]
        for _ in 0..<rounds {
            if !stage.nodes.isEmpty {
                bare.append(
                    try await OwnThread.run { [stage, seconds] in
                        try stage.driveBare(.handOff, seconds: seconds)
                    })
            }
            ours.append(try await once())
            for peer in peers.commands {
                others[peer.name, default: []].append(try await once(peer))
            }
        }
        if !bare.isEmpty { tell("bare", [Figures(result: .median(bare))], bare) }
        tell("machine", ours, bare)
        for peer in peers.commands { tell(peer.name, others[peer.name, default: []], bare) }
    }

    private func once() async throws -> Figures {
        try await OwnThread.run { [stage, seconds] in
            let names = stage.names(1)
            let servers = stage.servers.count
            let loads = try stage.connect(servers) { _ in
                LockWork(names: names, waitMilliseconds: 60_000)
            }
            var result = try stage.drive(loads, depth: Self.waiters / servers, seconds: seconds)
            // What counts is the wait.
            var waits = Histogram()
            for load in loads { waits.add(load.acquireLatencies) }
            result.p50 = waits.microseconds(at: 0.5)
            result.p99 = waits.microseconds(at: 0.99)
            return Figures(result: result, unfairness: Self.unfairness(loads.flatMap(\.measured)))
        }
    }

    private func once(_ peer: PeerCommand) async throws -> Figures {
        let (result, fields) = try await peers.run(
            peer, test: "loop", workers: Self.waiters, seconds: seconds)
        let mean = result.perSecond * seconds / Double(Self.waiters)
        let far = max((fields["max_grants"] ?? mean) - mean, mean - (fields["min_grants"] ?? mean))
        return Figures(result: result, unfairness: mean > 0 ? far / mean : 0)
    }

    private static func unfairness(_ grants: [Int]) -> Double {
        let mean = Double(grants.reduce(0, +)) / Double(max(1, grants.count))
        guard mean > 0 else { return 1 }
        return grants.map { (Double($0) - mean).magnitude / mean }.max() ?? 0
    }

    private func tell(_ client: String, _ all: [Figures], _ bare: [LockResult]) {
        let result = LockResult.median(all.map(\.result))
        let ratio = EchoBench.median(
            zip(all, bare).map { $0.result.perSecond / $1.perSecond })
        report.facts(
            "handoff", client,
            [
                ("per_s", result.perSecond, 0), ("of_bare", client == "bare" ? 1 : ratio, 2),
                ("unfair_percent", EchoBench.median(all.map(\.unfairness)) * 100, 1),
                ("wait_p50_us", result.p50, 0), ("wait_p99_us", result.p99, 0),
                ("cpu_us_server", result.server, 1), ("cpu_us_node", result.node, 1),
                ("failures", Double(result.failures), 0),
            ])
    }
}
