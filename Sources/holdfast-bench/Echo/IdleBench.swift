import HoldfastBase
import HoldfastRPC
import HoldfastSystem
import HoldfastTLS

/// `holdfast-bench idle`: what idle connections cost, in memory and for an active caller.
struct IdleBench {
    var connections: Int
    var seconds: Double
    var isPinned: Bool
    var json: Bool

    /// Opens idle connections and says what each costs the server. Only a server that has served
    /// little before shows it: later ones use memory that others gave back.
    static func open(
        _ connections: Int, at runner: LoadRunner, progress: (Int) -> Void = { _ in }
    ) async throws -> (idle: [MachineLoad], bytesEach: Double) {
        let before = runner.server.residentBytes()
        let context = try runner.context()
        var idle: [MachineLoad] = []
        idle.reserveCapacity(connections)
        for index in 0..<connections {
            let load = try MachineLoad(to: runner.endpoint, context: context, payloadBytes: 64)
            load.flush(now: Clocks.now())
            idle.append(load)
            progress(index + 1)
        }
        try await Task.sleep(for: .milliseconds(300))
        let grown = runner.server.residentBytes() - before
        return (idle, Double(grown) / Double(max(1, connections)))
    }

    func run() async throws {
        let certificates = try BenchFiles.certificates()
        let (process, endpoint) = try EchoBench.start(
            "serve-rpc", certificates, pin: isPinned ? 0 : nil)
        defer { process.stop() }
        let runner = LoadRunner(
            server: process, endpoint: endpoint, certificates: certificates, payloadBytes: 64,
            pin: isPinned ? 1 : nil)
        let alone = try runner.drive(.echo, connections: 1, depth: 1, seconds: seconds)
        let (idle, bytes) = try await Self.open(connections, at: runner) { count in
            if !json, count % 1000 == 0 { print("  \(count) connections open") }
        }
        let beside = try runner.drive(.echo, connections: 1, depth: 1, seconds: seconds)
        withExtendedLifetime(idle) {}
        if json {
            print(
                Report.json([
                    ("bench", .text("idle")), ("case", .text("\(connections) connections")),
                    ("bytes_per_connection", .number(bytes)),
                    ("p99_us", .number(beside.p99Microseconds)),
                    ("baseline", .text("same caller without them")),
                    ("baseline_p99_us", .number(alone.p99Microseconds)),
                    ("ratio", .number(beside.p99Microseconds / alone.p99Microseconds)),
                ]))
            return
        }
        print("\(connections) idle connections with client certificates")
        print("  server memory of each   \(Report.number(bytes / 1024, 1)) KiB")
        print(
            "  active caller, alone    p50 \(Report.number(alone.p50Microseconds, 1)) us, "
                + "p99 \(Report.number(alone.p99Microseconds, 1)) us")
        print(
            "  active caller, beside   p50 \(Report.number(beside.p50Microseconds, 1)) us, "
                + "p99 \(Report.number(beside.p99Microseconds, 1)) us "
                + "(x \(Report.number(beside.p99Microseconds / alone.p99Microseconds, 2)))")
    }
}

/// `holdfast-bench heap`: whether the server's memory grows with the number of calls.
struct HeapBench {
    var calls: Int
    var isPinned: Bool
    var json: Bool

    func run() async throws {
        let certificates = try BenchFiles.certificates()
        let (process, endpoint) = try EchoBench.start(
            "serve-rpc", certificates, pin: isPinned ? 0 : nil)
        defer { process.stop() }
        let runner = LoadRunner(
            server: process, endpoint: endpoint, certificates: certificates, payloadBytes: 64,
            pin: isPinned ? 1 : nil)
        _ = try runner.drive(.echo, connections: 1, depth: 64, seconds: 1)
        let before = process.residentBytes()
        var made = 0
        while made < calls {
            let result = try runner.drive(.echo, connections: 1, depth: 64, seconds: 2)
            made += Int(result.operationsPerSecond * 2)
            if !json {
                print("  \(made) calls, \(process.residentBytes() / 1024) KiB resident")
            }
        }
        let growth = process.residentBytes() - before
        if json {
            print(
                Report.json([
                    ("bench", .text("heap")), ("case", .text("\(made) calls")),
                    ("growth_bytes", .number(Double(growth))),
                    ("baseline_bytes", .number(Double(before))),
                ]))
        } else {
            print("resident memory grew by \(growth / 1024) KiB over \(made) calls")
        }
    }
}
