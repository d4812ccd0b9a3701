import Holdfast
import HoldfastBase
import HoldfastTestChaos
import Testing

/// Few clusters at a time: each is five processes and more, the machine has few processors.
actor Places {
    static let shared = Places(4)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}

/// Gives `body` a cluster; when it is through, all must be well again and what was seen be right.
func withCluster(
    _ change: (inout ClusterShape) -> Void = { _ in }, isJudged: Bool = true,
    _ body: (ChaosCluster) async throws -> Void
) async throws {
    var shape = ClusterShape()
    shape.ttlMilliseconds = 500...1000
    change(&shape)
    await Places.shared.enter()
    do {
        let cluster = try await ChaosCluster.start(shape)
        defer { cluster.stop() }
        do {
            try await body(cluster)
        } catch { throw ChaosFailure("\(error)\n\(cluster.story)") }
        if isJudged {
            let verdict = try await cluster.judge()
            #expect(verdict.isClean, "\(verdict)")
        }
        await Places.shared.leave()
    } catch {
        await Places.shared.leave()
        throw error
    }
}

extension ChaosCluster {
    /// What the servers logged of their nodes, for somebody who wants to know why.
    var story: String {
        servers.map { server in
            "server \(server.number):\n"
                + server.log.split(separator: "\n").filter { $0.contains("\"nodes\"") }
                .joined(separator: "\n")
        }.joined(separator: "\n")
    }
}

/// Calls of a test; what is unavailable for a moment is asked again, as the library does by itself.
struct Caller {
    let client: HoldfastClient
    var retries = true

    var options: CallOptions { CallOptions(timeout: .seconds(60), retries: retries) }

    /// A caller that wants to see every failure.
    var plain: Caller { Caller(client: client, retries: false) }

    func acquire(
        _ name: String, ttl: UInt64 = 20_000, wait: UInt64 = 0, id: RequestID? = nil,
        timeout: Duration = .seconds(60)
    ) async throws -> AcquireResponse.Outcome {
        var options = options
        options.requestID = id
        options.timeout = timeout
        let request = AcquireRequest(names: [name], ttlMs: ttl, waitMs: wait)
        let response = try await client.locks.acquire(request, options: options)
        return try #require(response.outcome)
    }

    func take(
        _ name: String, ttl: UInt64 = 20_000, wait: UInt64 = 0, id: RequestID? = nil
    ) async throws -> LockHeld {
        let outcome = try await acquire(name, ttl: ttl, wait: wait, id: id)
        guard case .held(let held) = outcome else { throw ChaosFailure("\(outcome)") }
        return held
    }

    func renew(_ name: String, _ grant: [UInt8], ttl: UInt64 = 20_000) async throws
        -> RenewResponse
    {
        try await client.locks.renew(
            RenewRequest(names: [name], grant: grant, ttlMs: ttl), options: options)
    }

    @discardableResult
    func release(_ name: String, _ grant: [UInt8]) async throws -> Bool {
        try await client.locks.release(
            ReleaseRequest(names: [name], grant: grant), options: options
        ).wasHeld
    }

    func get(_ name: String) async throws -> GetLockResponse {
        try await client.locks.getLock(GetLockRequest(name: name), options: options)
    }

    func failure(_ body: () async throws -> Void) async throws -> RPCError {
        do {
            try await body()
        } catch { return try #require(error as? RPCError) }
        throw ChaosFailure("it did not fail")
    }
}

extension ChaosCluster {
    /// Gives `body` a caller of each of the two servers.
    func callers(_ body: (Caller, Caller) async throws -> Void) async throws {
        try await client(of: 0) { first in
            try await client(of: 1) { second in
                try await body(Caller(client: first), Caller(client: second))
            }
        }
    }

    /// The keys of a node that begin so.
    func keys(_ node: Int, _ prefix: String) throws -> String {
        try nodes[node].ask("KEYS", prefix + "*").string
    }
}
