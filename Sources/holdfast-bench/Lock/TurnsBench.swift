import Glibc
import Holdfast
import HoldfastBase
import HoldfastRPC
import HoldfastSystem
import HoldfastWire

/// Two servers, the clock of one of them 100 ms ahead, that take the same names in turn: how many of
/// the grants needed no second round.
struct TurnsBench {
    private static let workers = 16
    private static let offsetNanoseconds: Int64 = 100_000_000

    let stage: LockStage
    let seconds: Double
    let report: LockReport

    func run() async throws {
        let before = try tallies()
        let clients = try stage.servers.indices.map {
            try HoldfastClient(stage.configuration(of: $0))
        }
        defer { for client in clients { client.close() } }
        let locks = clients.map(\.locks)
        let names = stage.names(Self.workers * 4)
        let end = Clocks.now() + Interval(nanoseconds: Int64(seconds * 1e9))
        let cycles = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<Self.workers {
                group.addTask { try await Self.work(locks, names, worker, end) }
            }
            return try await group.reduce(0, +)
        }
        let after = try tallies()
        let one = after.one - before.one
        let two = after.two - before.two
        report.facts(
            "turns", "100 ms off",
            [
                ("per_s", Double(cycles) / seconds, 0), ("grants", one + two, 0),
                ("in_one_round_percent", 100 * one / max(1, one + two), 2),
            ])
    }

    private static func work(
        _ servers: [LockServiceClient], _ names: [String], _ worker: Int, _ end: Instant
    ) async throws -> Int {
        var cycles = 0
        while Clocks.now() < end {
            let name = [names[worker * 4 + cycles / servers.count % 4]]
            let locks = servers[cycles % servers.count]
            let answer = try await locks.acquire(AcquireRequest(names: name))
            guard case .held(let grant) = answer.outcome else {
                throw BenchError("\(name[0]) was not free")
            }
            _ = try await locks.release(
                ReleaseRequest(names: name, grant: grant.grant, answered: true))
            cycles += 1
        }
        return cycles
    }

    /// Grants of all servers that took one round, and two.
    private func tallies() throws -> (one: Double, two: Double) {
        var sum = (one: 0.0, two: 0.0)
        for server in stage.servers {
            let metrics = try server.metrics()
            sum.one += metrics["holdfast_coordination_grants_total{rounds=\"1\"}"] ?? 0
            sum.two += metrics["holdfast_coordination_grants_total{rounds=\"2\"}"] ?? 0
        }
        return sum
    }

    /// What the second server is started with, so that its clock is ahead; see tools/clock-shim.
    static func environment(in folder: String) throws -> [String] {
        let library = try BenchServer.folder() + "../../clock-shim/clock_shim.so"
        guard unsafe access(library, R_OK) == 0 else {
            throw BenchError("the clock of a server cannot be set: run tools/clock-shim build")
        }
        let file = "\(folder)/server.clock"
        let descriptor = unsafe open(file, O_WRONLY | O_CREAT, 0o600)
        guard descriptor >= 0 else { throw BenchError("cannot make \(file)") }
        defer { close(descriptor) }
        var offset = offsetNanoseconds
        _ = unsafe write(descriptor, &offset, MemoryLayout<Int64>.size)
        return ["LD_PRELOAD=\(library)", "HOLDFAST_CLOCK_FILE=\(file)"]
    }
}
