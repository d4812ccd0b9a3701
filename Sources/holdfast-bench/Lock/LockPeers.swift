import HoldfastSystem

/// The peers of a run, with nodes of their own.
struct LockPeers: Sendable {
    let commands: [PeerCommand]
    private let nodes: [BenchNodeHandle]

    init(_ commands: [PeerCommand], nodes: Int, in folder: String) throws {
        self.commands = commands
        let isNeeded = commands.contains(where: \.needsNodes)
        self.nodes = try (0..<(isNeeded ? max(1, nodes) : 0)).map { number in
            try BenchNodeHandle(BenchNode(in: folder, number: 100 + number))
        }
    }

    func run(
        _ peer: PeerCommand, test: String, workers: Int, seconds: Double, bytes: Int = 0
    ) async throws -> (LockResult, [String: Double]) {
        try await OwnThread.run { [nodes] in
            let meter = LockMeter(servers: [], nodes: nodes.map(\.process))
            let fields = try peer.run(
                test: test, workers: workers, seconds: seconds, bytes: bytes,
                nodes: nodes.map(\.address))
            let rate = fields["handoffs"] ?? fields["rate"] ?? 0
            var result = LockResult()
            result.perSecond = rate
            result.p50 = fields["p50_us"] ?? 0
            result.p99 = fields["p99_us"] ?? 0
            result.node =
                nodes.isEmpty
                ? 0 : meter.nodeMicroseconds / Double(nodes.count) / max(1, rate * seconds)
            return (result, fields)
        }
    }
}
