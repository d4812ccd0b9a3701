import HoldfastBase
import HoldfastTestChaos
import Testing

/// Each fault once, under load: nothing that was promised is broken, all heals, nothing is left.
@Suite("Faults under load", .timeLimit(.minutes(4)))
struct FaultTests {
    private static let faults = FaultKind.allCases.filter {
        $0 != .fillDisk || RedisProcess.canMount
    }

    private func run(
        _ fault: FaultKind, _ persistence: RedisProcess.Persistence = .always
    ) async throws {
        try await withCluster({ shape in
            shape.persistence = persistence
            fault.prepare(&shape)
        }) { cluster in
            let load = Load(cluster, callers: 6, seed: 1)
            try await Task.sleep(for: .milliseconds(400))
            try await cluster.inflict(fault, node: 1, server: 1, for: .milliseconds(600))
            try await cluster.healthy()
            try await Task.sleep(for: .milliseconds(200))
            let counts = try await load.stop()
            #expect(counts.grants > 0)
        }
    }

    @Test(arguments: Self.faults)
    func fault(_ fault: FaultKind) async throws { try await run(fault) }

    @Test("nodes that keep nothing", arguments: [FaultKind.killNode, .pauseNodeLong])
    func volatile(_ fault: FaultKind) async throws { try await run(fault, .none) }

    @Test("a disk that is full, of a node that writes later", .enabled(if: RedisProcess.canMount))
    func fullLater() async throws { try await run(.fillDisk, .everySecond) }
}
