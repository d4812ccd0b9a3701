import Glibc
import Holdfast
import HoldfastBase
import HoldfastSettings
import HoldfastSystem
import Synchronization

/// What many guards of one client cost while nothing happens to them, how fast a body hears of its loss
/// when the network is silent, and how fast another server takes over when one is killed.
struct GuardsBench {
    static let spec = ArgumentCommand(
        "guards", summary: "guards of the client: renewals, processor, loss, fail-over",
        options: [
            ArgumentOption("guards", .value("N"), help: "guards that are held (default 1000)"),
            ArgumentOption("ttl", .value("SECONDS"), help: "their time to live (default 6)"),
            ArgumentOption("intervals", .value("N"), help: "renewals measured (default 6)"),
            ArgumentOption("json", help: "print one JSON object a line instead of a table"),
        ])

    private static let lossBodies = 50
    private static let lossTTL = Duration.seconds(1)
    private static let lossRounds = 4

    let guards: Int
    let ttl: Double
    let intervals: Int
    let json: Bool

    static func run(_ parsed: ParsedArguments) async throws {
        try await GuardsBench(
            guards: BenchCommand.number(parsed, "guards", 1000),
            ttl: BenchCommand.decimal(parsed, "ttl", 6),
            intervals: BenchCommand.number(parsed, "intervals", 6), json: parsed.isOn("json")
        ).run()
    }

    func run() async throws {
        try BenchProcesses.watchSignals()
        defer { BenchProcesses.endAll() }
        let stage = try LockStage(nodes: 3, servers: 2, isPinned: false, isClockOff: false)
        defer { stage.end() }
        if !json {
            print("\(guards) guards of one client, ttl \(Report.number(ttl, 1)) s, 3 Redis nodes")
            print("")
        }
        try await idle(stage)
        try await loss(stage)
        try await failOver(stage)
    }

    private func options(_ ttl: Duration) -> LockOptions { LockOptions(ttl: ttl) }

    private func take(_ client: HoldfastClient, _ stage: LockStage) async throws -> [LockGuard] {
        let names = stage.names(guards)
        let options = options(.seconds(ttl))
        return try await withThrowingTaskGroup(of: LockGuard.self) { group in
            for name in names { group.addTask { try await client.acquire(name, options) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    // MARK: Nothing happens

    private func idle(_ stage: LockStage) async throws {
        let counter = CallCounter()
        var configuration = stage.configuration()
        configuration.interceptors = [counter]
        let client = try HoldfastClient(configuration)
        let held = try await take(client, stage)
        let interval = ttl / 3
        // What follows the acquires is over.
        try await Task.sleep(for: .seconds(interval))
        let calls = counter.total
        let processor = Clocks.processorTime()
        let begun = Clocks.now()
        try await Task.sleep(for: .seconds(interval * Double(intervals)))
        let elapsed = Double((Clocks.now() - begun).nanoseconds) / 1e9
        let used = Double(Clocks.processorTime().nanoseconds - processor.nanoseconds) / 1e9
        report(
            "idle", "\(guards) guards",
            [
                ("calls", Double(counter.total - calls), 0),
                ("calls_per_interval", Double(counter.total - calls) / (elapsed / interval), 2),
                ("cpu_percent", used / elapsed * 100, 3),
                ("lost", Double(held.filter { !$0.isHeld }.count), 0),
            ])
        await client.shutDown()
    }

    // MARK: The network is silent

    private func loss(_ stage: LockStage) async throws {
        var latencies = Histogram()
        var worst = 0.0
        for _ in 0..<Self.lossRounds {
            let client = try HoldfastClient(stage.configuration(of: 0))
            let moments = try await silence(client, stage)
            for late in moments {
                latencies.add(nanoseconds: late.nanoseconds)
                worst = max(worst, Double(late.nanoseconds) / 1e6)
            }
            client.close()
        }
        report(
            "loss", "\(Self.lossBodies) bodies",
            [
                ("p50_ms", latencies.microseconds(at: 0.5) / 1000, 2),
                ("p99_ms", latencies.microseconds(at: 0.99) / 1000, 2),
                ("max_ms", worst, 2),
            ])
    }

    /// Counts bodies that have begun.
    private final class Entered: Sendable {
        let count = Atomic<Int>(0)
    }

    /// From the end of the validity of each guard to the cancellation of its body.
    private func silence(_ client: HoldfastClient, _ stage: LockStage) async throws -> [Interval] {
        let names = stage.names(Self.lossBodies)
        let server = stage.servers[0].process.identifier
        let entered = Entered()
        let options = options(Self.lossTTL)
        return try await withThrowingTaskGroup(of: Interval?.self) { group in
            for name in names {
                group.addTask {
                    let moment = Mutex(Interval.zero)
                    _ = try? await client.withLock(name, options) { lock in
                        _ = entered.count.add(1, ordering: .relaxed)
                        await withTaskCancellationHandler {
                            try? await Task.sleep(for: .seconds(60))
                        } onCancel: {
                            moment.withLock { $0 = Clocks.now() - lock.deadline }
                        }
                    }
                    return moment.withLock { $0 }
                }
            }
            while entered.count.load(ordering: .relaxed) < names.count {
                try await Task.sleep(for: .milliseconds(5))
            }
            kill(server, SIGSTOP)
            defer { kill(server, SIGCONT) }
            return try await group.reduce(into: []) { if let late = $1 { $0.append(late) } }
        }
    }

    // MARK: A server is killed

    private func failOver(_ stage: LockStage) async throws {
        var configuration = stage.configuration(of: 0)
        configuration.endpoints += stage.configuration(of: 1).endpoints
        let client = try HoldfastClient(configuration)
        let held = try await take(client, stage)
        let used = await client.channel.currentServer()?.endpoint
        guard let server = stage.servers.first(where: { $0.endpoint == used }) else {
            throw BenchError("which server is it?")
        }
        let killed = Clocks.now()
        let promised = held.map(\.deadline)
        server.process.kill()
        while !zip(held, promised).allSatisfy({ $0.deadline > $1 }) {
            guard Clocks.now() < killed + Interval(.seconds(ttl * 3)) else { break }
            try await Task.sleep(for: .milliseconds(2))
        }
        let took = Double((Clocks.now() - killed).nanoseconds) / 1e6
        report(
            "fail-over", "\(guards) guards",
            [
                ("all_renewed_ms", took, 1), ("half_ttl_ms", ttl * 500, 0),
                ("lost", Double(held.filter { !$0.isHeld }.count), 0),
            ])
        await client.shutDown()
    }

    private func report(_ title: String, _ what: String, _ figures: [(String, Double, Int)]) {
        ClientReport.line("guards", title, what, figures, json: json)
    }
}

/// Counts the calls of a client.
private final class CallCounter: ClientInterceptor {
    private let count = Atomic<Int>(0)

    var total: Int { count.load(ordering: .relaxed) }

    func interceptUnary(
        _ request: any WireMessage, method: String, options: CallOptions,
        next: @Sendable (any WireMessage, CallOptions) async throws(RPCError) -> any WireMessage
    ) async throws(RPCError) -> any WireMessage {
        _ = count.add(1, ordering: .relaxed)
        return try await next(request, options)
    }
}
