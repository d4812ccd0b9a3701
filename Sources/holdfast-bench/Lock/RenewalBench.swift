import Holdfast
import HoldfastBase
import HoldfastRPC
import HoldfastSystem
import HoldfastWire

/// What keeping a session alive costs, by the number of its locks, and beside callers that wait.
struct RenewalBench {
    private static let counts = [1, 1000, 10_000]
    private static let renewals = 300
    private static let namesOfOne = 64
    private static let waiters = 256
    /// Renewals beside waiters, on each of two connections.
    private static let pairs = 2000

    let stage: LockStage
    let report: LockReport

    func run() async throws {
        for count in Self.counts {
            try await stage.withSession { session in
                let client = try HoldfastClient(stage.configuration())
                defer { client.close() }
                try await take(count, session, client.locks)
                try await measure("\(count) locks", session, client)
            }
        }
        try await besideWaiters()
    }

    private func take(_ count: Int, _ session: [UInt8], _ locks: LockServiceClient) async throws {
        let names = stage.names(count)
        for first in stride(from: 0, to: count, by: Self.namesOfOne) {
            let some = Array(names[first..<min(count, first + Self.namesOfOne)])
            let answer = try await locks.acquire(AcquireRequest(names: some, session: session))
            guard case .held = answer.outcome else { throw BenchError("a lock was not free") }
        }
    }

    private func measure(
        _ title: String, _ session: [UInt8], _ client: HoldfastClient
    ) async throws {
        let before = try calls()
        let meter = stage.meter()
        var latencies = Histogram()
        for _ in 0..<Self.renewals {
            try await renew(session, client, &latencies)
        }
        let result = meter.result(latencies, latencies, failures: 0)
        let after = try calls()
        let renewals = Double(Self.renewals * max(1, stage.nodes.count))
        report.facts(
            "renewal", title,
            [
                ("p50_us", result.p50, 0), ("p99_us", result.p99, 0),
                ("node_commands", (after.calls - before.calls) / renewals, 2),
                ("node_us_script", (after.microseconds - before.microseconds) / renewals, 1),
                ("cpu_us_node", result.node, 1), ("cpu_us_server", result.server, 1),
            ])
    }

    private func renew(
        _ session: [UInt8], _ client: HoldfastClient, _ latencies: inout Histogram
    ) async throws {
        let began = Clocks.now()
        let answer = try await client.sessions.keepAlive(
            KeepAliveRequest(session: session, ttlMs: 600_000))
        latencies.add(nanoseconds: (Clocks.now() - began).nanoseconds)
        guard answer.lost.isEmpty else { throw BenchError("a grant was lost") }
    }

    private func calls() throws -> (calls: Double, microseconds: Double) {
        var sum = (calls: 0.0, microseconds: 0.0)
        for node in stage.nodes {
            let part = try node.ask { try $0.scriptCalls() }
            sum.calls += part.calls
            sum.microseconds += part.microseconds
        }
        return sum
    }

    /// Whoever waits on the same connection must not delay a renewal. Beside each there is one on a
    /// connection on which nobody waits: what else the machine does delays both.
    private func besideWaiters() async throws {
        try await stage.withSession { session in
            let client = try HoldfastClient(stage.configuration())
            defer { client.close() }
            let alone = try HoldfastClient(stage.configuration())
            defer { alone.close() }
            let locks = client.locks
            let name = stage.names(1)
            let held = try await locks.acquire(AcquireRequest(names: name, ttlMs: 600_000))
            guard case .held(let grant) = held.outcome else { throw BenchError("not free") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<Self.waiters {
                    group.addTask {
                        let request = AcquireRequest(names: name, waitMs: 60_000)
                        let answer = try await locks.acquire(
                            request, options: CallOptions(timeout: .seconds(70), weight: .waits))
                        guard case .held(let grant) = answer.outcome else { return }
                        _ = try await locks.release(
                            ReleaseRequest(names: name, grant: grant.grant, answered: true))
                    }
                }
                try await Task.sleep(for: .milliseconds(300))
                try await compare("\(Self.waiters) wait", session, client, alone: alone)
                _ = try await locks.release(
                    ReleaseRequest(names: name, grant: grant.grant, answered: true))
                try await group.waitForAll()
            }
        }
    }

    private func compare(
        _ title: String, _ session: [UInt8], _ client: HoldfastClient, alone: HoldfastClient
    ) async throws {
        var beside = Histogram()
        var apart = Histogram()
        for pair in 0..<Self.pairs {
            // Each is first as often as the other.
            if pair % 2 == 0 { try await renew(session, client, &beside) }
            try await renew(session, alone, &apart)
            if pair % 2 == 1 { try await renew(session, client, &beside) }
        }
        report.facts(
            "renewal", title,
            [
                ("p50_us", beside.microseconds(at: 0.5), 0),
                ("p99_us", beside.microseconds(at: 0.99), 0),
                ("p50_us_apart", apart.microseconds(at: 0.5), 0),
                ("p99_us_apart", apart.microseconds(at: 0.99), 0),
            ])
    }
}
