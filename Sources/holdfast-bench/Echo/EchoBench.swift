import Glibc
import HoldfastBase
import HoldfastRPC
import HoldfastSystem
import HoldfastTLS
import HoldfastWire

/// `holdfast-bench echo`: unary echo over TLS beside the bare framed echo of the same run.
struct EchoBench {
    enum Client: String, CaseIterable {
        case machine
        /// The connection machine too, calling methods that are answered by held calls: on the loop
        /// of the connection, and on another.
        case held
        case heldFar = "held-far"
        case async
        case asyncOnLoop = "async-loop"
    }

    struct Load: Hashable {
        var connections: Int
        var depth: Int
        var name: String { "\(connections)x\(depth)" }
    }

    var seconds: Double
    var rounds: Int
    var payloadBytes: Int
    var loads: [Load]
    var clients: [Client]
    var isPinned: Bool
    var json: Bool

    func run() async throws {
        let certificates = try BenchFiles.certificates()
        let bare = try Self.start("serve-bare", certificates, pin: isPinned ? 0 : nil)
        defer { bare.0.stop() }
        let rpc = try Self.start("serve-rpc", certificates, pin: isPinned ? 0 : nil)
        defer { rpc.0.stop() }
        let pin = isPinned ? 1 : nil
        let bareRunner = LoadRunner(
            server: bare.0, endpoint: bare.1, certificates: certificates,
            payloadBytes: payloadBytes, pin: pin)
        let rpcRunner = LoadRunner(
            server: rpc.0, endpoint: rpc.1, certificates: certificates, payloadBytes: payloadBytes,
            pin: pin)
        if !json { Self.printHeader(payloadBytes) }
        for load in loads {
            try await measure(load, bareRunner, rpcRunner)
        }
        try await reportIdleMemory(certificates)
    }

    static func start(
        _ command: String, _ certificates: DevelopmentCertificates, pin: Int?
    ) throws -> (ChildProcess, Endpoint) {
        var arguments = [CommandLine.arguments[0], command, "--certs", certificates.directory]
        if let pin { arguments += ["--pin", String(pin)] }
        let process = try ChildProcess(arguments)
        guard let line = process.readLine(), let address = line.split(separator: " ").last else {
            process.stop()
            throw BenchError("the \(command) process did not start")
        }
        return (process, try Endpoint(String(address)))
    }

    private func measure(_ load: Load, _ bare: LoadRunner, _ rpc: LoadRunner) async throws {
        var bareResults: [LoadResult] = []
        var results: [Client: [LoadResult]] = [:]
        // Interleaved: what the machine does meanwhile meets all of them alike.
        for _ in 0..<rounds {
            bareResults.append(
                try await OwnThread.run {
                    try bare.drive(
                        .bare, connections: load.connections, depth: load.depth, seconds: seconds)
                })
            for client in clients {
                let result: LoadResult
                switch client {
                case .machine, .held, .heldFar:
                    let method = Self.method(of: client)
                    result = try await OwnThread.run {
                        try rpc.drive(
                            .machine(method: method), connections: load.connections,
                            depth: load.depth,
                            seconds: seconds)
                    }
                case .async, .asyncOnLoop:
                    result = try await rpc.driveAsync(
                        connections: load.connections, depth: load.depth, seconds: seconds,
                        onLoop: client == .asyncOnLoop)
                }
                results[client, default: []].append(result)
            }
        }
        let baseline = Self.median(bareResults)
        report(load, "bare", baseline, ratios: (1, 1))
        for client in clients {
            let all = results[client, default: []]
            let rate = Self.median(
                zip(all, bareResults).map { $0.operationsPerSecond / $1.operationsPerSecond })
            let latency = Self.median(
                zip(all, bareResults).map { $0.p50Microseconds / $1.p50Microseconds })
            report(
                load, client.rawValue, Self.median(all), ratios: (rate, latency), baseline: baseline
            )
        }
        // Also when piped: a run of a minute shows its progress.
        fflush(nil)
    }

    private static func method(of client: Client) -> String {
        switch client {
        case .held: HeldEcho.near
        case .heldFar: HeldEcho.far
        case .machine, .async, .asyncOnLoop: EchoService.Methods.echo.path
        }
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }

    private static func median(_ results: [LoadResult]) -> LoadResult {
        LoadResult(
            operationsPerSecond: median(results.map(\.operationsPerSecond)),
            p50Microseconds: median(results.map(\.p50Microseconds)),
            p99Microseconds: median(results.map(\.p99Microseconds)),
            serverMicroseconds: median(results.map(\.serverMicroseconds)),
            clientMicroseconds: median(results.map(\.clientMicroseconds)),
            failures: results.reduce(0) { $0 + $1.failures })
    }

    /// The last line: what an idle connection costs the server.
    private func reportIdleMemory(_ certificates: DevelopmentCertificates) async throws {
        let connections = 500
        let (process, endpoint) = try Self.start(
            "serve-rpc", certificates, pin: isPinned ? 0 : nil)
        defer { process.stop() }
        let runner = LoadRunner(
            server: process, endpoint: endpoint, certificates: certificates,
            payloadBytes: payloadBytes, pin: nil)
        _ = try runner.drive(.echo, connections: 1, depth: 1, seconds: 0.1)
        let (idle, bytes) = try await IdleBench.open(connections, at: runner)
        withExtendedLifetime(idle) {}
        if json {
            print(
                Report.json([
                    ("bench", .text("echo")), ("case", .text("idle connection")),
                    ("bytes_per_connection", .number(bytes)),
                    ("connections", .number(Double(connections))),
                ]))
        } else {
            print("")
            print("server memory of an idle connection: \(Report.number(bytes / 1024, 1)) KiB")
        }
    }

    // MARK: Report

    private static func printHeader(_ payloadBytes: Int) {
        print("echo, \(payloadBytes) B, TLS 1.3 with client certificates; connections x in flight;")
        print("ratios are to the bare framed echo of the same round (median over the rounds)")
        print("")
        print(
            Report.row([
                "case", "client", "calls/s", "of bare", "p50 us", "x bare", "p99 us", "server us",
                "client us", "failed",
            ]))
    }

    private func report(
        _ load: Load, _ client: String, _ result: LoadResult, ratios: (Double, Double),
        baseline: LoadResult? = nil
    ) {
        guard json else {
            print(
                Report.row([
                    load.name, client, Report.number(result.operationsPerSecond, 0),
                    Report.number(ratios.0, 2), Report.number(result.p50Microseconds, 1),
                    Report.number(ratios.1, 2), Report.number(result.p99Microseconds, 1),
                    Report.number(result.serverMicroseconds, 2),
                    Report.number(result.clientMicroseconds, 2), String(result.failures),
                ]))
            return
        }
        let baseline = baseline ?? result
        print(
            Report.json([
                ("bench", .text("echo")), ("case", .text("\(load.name)/\(client)")),
                ("ops_per_s", .number(result.operationsPerSecond)),
                ("p50_us", .number(result.p50Microseconds)),
                ("p99_us", .number(result.p99Microseconds)),
                ("baseline", .text("bare framed TLS echo")),
                ("baseline_ops_per_s", .number(baseline.operationsPerSecond)),
                ("baseline_p50_us", .number(baseline.p50Microseconds)),
                ("ratio", .number(ratios.0)), ("p50_ratio", .number(ratios.1)),
                ("cpu_us_server", .number(result.serverMicroseconds)),
                ("cpu_us_client", .number(result.clientMicroseconds)),
                ("payload_bytes", .number(Double(payloadBytes))),
                ("failures", .number(Double(result.failures))),
            ]))
    }
}
