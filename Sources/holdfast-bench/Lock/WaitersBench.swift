import Glibc
import Holdfast
import HoldfastBase
import HoldfastRPC
import HoldfastSystem
import HoldfastWire

/// What a long queue costs while it stands: memory of the server, and commands of the nodes.
struct WaitersBench {
    private static let waiters = 10_000
    private static let seconds = 3.0

    let stage: LockStage
    let report: LockReport

    func run() async throws {
        let client = try HoldfastClient(stage.configuration())
        defer { client.close() }
        let name = stage.names(1)
        let held = try await client.locks.acquire(AcquireRequest(names: name, ttlMs: 600_000))
        guard case .held(let grant) = held.outcome else { throw BenchError("not free") }
        try await OwnThread.run { [stage, report] in
            try Self.measure(stage, report, name)
        }
        _ = try await client.locks.release(
            ReleaseRequest(names: name, grant: grant.grant, answered: true))
    }

    private static func measure(_ stage: LockStage, _ report: LockReport, _ name: [String]) throws {
        let quiet = try commands(stage)
        let server = stage.servers[0]
        let load = try stage.connect(1) { _ in
            LockWork(names: name, waitMilliseconds: 3_600_000)
        }[0]
        let spinner = try LoadSpinner([load])
        let before = server.process.residentBytes()
        spinner.begin(depth: waiters)
        let end = Clocks.now() + .seconds(20)
        var waiting = 0.0
        while waiting < Double(waiters) {
            guard Clocks.now() < end else { throw BenchError("only \(waiting) wait") }
            load.flush(now: Clocks.now())
            spinner.spin(0.005)
            waiting = try server.metrics()["holdfast_coordination_waiters"] ?? 0
        }
        let bytes = Double(server.process.residentBytes() - before) / Double(waiters)
        let standing = try commands(stage)
        report.facts(
            "waiters", "\(waiters)",
            [
                ("bytes_per_waiter", bytes, 0), ("node_commands_per_s", standing.calls, 2),
                ("without_per_s", quiet.calls, 2), ("cpu_us_server_per_s", standing.server, 0),
                ("without_cpu_us_per_s", quiet.server, 0),
            ])
    }

    /// Script calls of one node, and processor time of the server, in a second.
    private static func commands(_ stage: LockStage) throws -> (calls: Double, server: Double) {
        func calls() throws -> Double {
            try stage.nodes.reduce(0) { try $0 + $1.ask { try $0.scriptCalls() }.calls }
        }
        let process = stage.servers[0].process
        let before = (try calls(), process.processorTime())
        usleep(UInt32(seconds * 1e6))
        let time = process.processorTime().nanoseconds - before.1.nanoseconds
        let nodes = Double(max(1, stage.nodes.count))
        return ((try calls() - before.0) / nodes / seconds, Double(time) / 1000 / seconds)
    }
}
