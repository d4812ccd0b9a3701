import Holdfast
import HoldfastBase
import Testing

/// Locks on real Redis nodes: formed by an operator or by themselves, with one of three away, with
/// two away, and through another server.
@Suite(.serialized) struct ClusterTests {
    private let once = CallOptions(timeout: .seconds(120), retries: false)

    private func take(
        _ client: HoldfastClient, _ name: String, ttl: UInt64 = 60_000, wait: UInt64 = 0
    ) async throws -> LockHeld? {
        try await client.locks.acquire(
            AcquireRequest(names: [name], ttlMs: ttl, waitMs: wait), options: once
        ).outcome?.held
    }

    private func states(_ admin: HoldfastClient) async throws -> [NodeState] {
        try await admin.admin.listNodes(ListNodesRequest()).nodes.map(\.state)
    }

    private func isReady(_ daemon: Daemon) async throws -> Bool {
        try await daemon.ops("/readyz").status == 200
    }

    @Test func anOperatorFormsTheCluster() async throws {
        let nodes = try NodeSet(3)
        try await withDaemon(["--redis-nodes", nodes.flag]) { daemon in
            try await daemon.client(as: "admin") { admin in
                try await eventually("all are seen empty") {
                    try await states(admin) == [.empty, .empty, .empty]
                }
                let error = await #expect(throws: RPCError.self) { try await take(admin, "a") }
                #expect(error?.code == .unavailable && error?.reason == "NO_QUORUM")
                #expect(error?.message.contains("node 2: is empty") == true)
                #expect(error?.metadata["node_2"]?.contains("is empty") == true)
                #expect(try await !isReady(daemon))
                let service = HealthServiceCheckRequest(service: "holdfast.v1.LockService")
                #expect(try await admin.health.check(service).status == .notServing)
                let formed = try await admin.admin.formCluster(FormClusterRequest(), options: once)
                #expect(formed.voters == 3 && formed.epoch == 1)
                #expect(try await admin.health.check(service).status == .serving)
                #expect(try await isReady(daemon))
                let held = try #require(try await take(admin, "a"))
                #expect(held.nodes == 3 && held.strength >= 2)
                try await eventually("all nodes have it") {
                    let lock = try await admin.locks.getLock(GetLockRequest(name: "a"))
                    return lock.agreed && lock.lock?.holders.first?.strength == 3
                }
            }
        }
    }

    @Test func oneOfThreeMayBeAway() async throws {
        let nodes = try NodeSet(3)
        try await withDaemon(
            ["--redis-nodes", nodes.flag, "--cluster-form", "true"]
        ) { daemon in
            try await daemon.client(as: "admin") { admin in
                try await eventually("a quorum votes") { try await isReady(daemon) }
                let first = try #require(try await take(admin, "a"))
                try nodes.tell("kill", 0)
                try await eventually("it is missed") {
                    try await states(admin).first == .down
                }
                let second = try #require(try await take(admin, "b"))
                #expect(second.fence > first.fence && second.strength == 2)
                #expect(try await take(admin, "a") == nil)
                let list = try await admin.locks.listLocks(ListLocksRequest())
                #expect(list.locks.map(\.name) == ["a", "b"])
                try nodes.tell("kill", 1)
                try await eventually("the quorum is missed") { try await !isReady(daemon) }
                let error = await #expect(throws: RPCError.self) { try await take(admin, "c") }
                #expect(error?.code == .unavailable)
                #expect(error?.metadata["node_0"] != nil && error?.metadata["node_1"] != nil)
                // They write through: what they promised they still know.
                try nodes.tell("restart", 0)
                try nodes.tell("restart", 1)
                try await eventually("all vote again") {
                    try await states(admin) == [.voting, .voting, .voting]
                }
                #expect(try await take(admin, "a") == nil)
                let released = try await admin.locks.release(
                    ReleaseRequest(names: ["a"], grant: first.grant), options: once)
                #expect(released.wasHeld)
                let third = try #require(try await take(admin, "a"))
                #expect(third.fence > second.fence)
            }
        }
    }

    @Test func twoServersShareTheNodes() async throws {
        let nodes = try NodeSet(3, "--unix")
        let flags = ["--redis-nodes", nodes.flag, "--cluster-form", "true"]
        try await withDaemon(flags) { one in
            try await eventually("the first is ready") { try await isReady(one) }
            try await withDaemon(flags) { two in
                try await eventually("the second is ready") { try await isReady(two) }
                try await one.client { here in
                    try await two.client { there in
                        try await handOver(here, there)
                    }
                }
            }
        }
    }

    private func handOver(_ here: HoldfastClient, _ there: HoldfastClient) async throws {
        var last: UInt64 = 0
        var held = try #require(try await take(here, "a"))
        for round in 0..<6 {
            let (from, to) = round.isMultiple(of: 2) ? (here, there) : (there, here)
            let waiting = Task { try await take(to, "a", wait: 100_000) }
            try await eventually("it waits") {
                let lock = try await from.locks.getLock(GetLockRequest(name: "a"))
                return (lock.lock?.waiting ?? 0) == 1
            }
            _ = try await from.locks.release(
                ReleaseRequest(names: ["a"], grant: held.grant, answered: true), options: once)
            guard let next = try await waiting.value else {
                let lock = try await from.locks.getLock(GetLockRequest(name: "a"))
                throw Failure("round \(round): nobody gives it on: \(lock)")
            }
            held = next
            #expect(held.fence > last)
            last = held.fence
        }
        // A session opened here is kept alive there.
        let session = try await here.sessions.open(OpenSessionRequest(ttlMs: 30_000)).session
        let grant = try await here.locks.tryAcquire(
            TryAcquireRequest(names: ["s"], session: session), options: once)
        #expect(grant.outcome?.held != nil)
        let alive = try await there.sessions.keepAlive(
            KeepAliveRequest(session: session, ttlMs: 30_000), options: once)
        #expect(alive.grantsCount == 1 && alive.lost.isEmpty)
    }
}
