import Glibc
import Holdfast
import HoldfastBase
import HoldfastTestChaos
import Testing

/// What happens to servers and callers, step by step.
@Suite("Stories of servers", .timeLimit(.minutes(4)))
struct ServerStories {
    @Test("killed between quorum and reply: the same request finds the grant by the other server")
    func killedBeforeReply() async throws {
        try await withCluster({ $0.hasServerProxies = true }) { cluster in
            try await cluster.callers { first, second in
                let warm = try await first.take("b")
                try await first.release("b", warm.grant)
                try cluster.serverProxies[0].tell(
                    #"{"do": "set", "direction": "down", "cut": true}"#)
                let id = RequestID.random()
                let lost = Task { try await first.plain.take("a", id: id) }
                try await eventually("a quorum has granted it") {
                    try (0..<3).filter { try !cluster.keys($0, "hf1:l:l/a").isEmpty }.count >= 2
                }
                cluster.servers[0].kill()
                try cluster.serverProxies[0].tell(#"{"do": "reset"}"#)
                await #expect(throws: RPCError.self) { _ = try await lost.value }
                // Nobody else has it, and whoever asked has.
                guard case .notHeld(let not) = try await second.acquire("a") else {
                    Issue.record("granted twice")
                    return
                }
                let held = try await second.take("a", id: id)
                #expect(held.grant == id.bytes && held.fence == not.holderFence)
                #expect(try await second.release("a", held.grant))
                try cluster.serverProxies[0].heal()
                try cluster.servers[0].start()
            }
        }
    }

    @Test("asked to end with locks held: they live on by the other server")
    func drained() async throws {
        try await withCluster { cluster in
            try await cluster.callers { first, second in
                let held = try await first.take("a")
                let session = try await first.client.sessions.open(
                    OpenSessionRequest(ttlMs: 20_000))
                var request = AcquireRequest(names: ["b"])
                request.session = session.session
                guard
                    case .held(let inSession)? = try await first.client.locks.acquire(request)
                        .outcome
                else { throw ChaosFailure("not held") }
                let waiter = Task {
                    try await first.plain.acquire("a", wait: 40_000)
                }
                try await eventually("it waits") {
                    try await second.get("a").lock?.waiting == 1
                }
                cluster.servers[0].send(SIGTERM)
                #expect(try await cluster.servers[0].ended() == .code(0))
                await #expect(throws: RPCError.self) { _ = try await waiter.value }
                #expect(try await second.renew("a", held.grant).fence == held.fence)
                let alive = try await second.client.sessions.keepAlive(
                    KeepAliveRequest(session: session.session, ttlMs: 20_000))
                #expect(alive.grantsCount == 1 && alive.lost.isEmpty)
                #expect(try await second.release("a", held.grant))
                #expect(try await second.release("b", inSession.grant))
                _ = try await second.client.sessions.close(
                    CloseSessionRequest(session: session.session))
                try cluster.servers[0].start()
            }
        }
    }

    @Test("hand-off from one server to the other, again and again, faster than anybody polls")
    func handOff() async throws {
        try await withCluster { cluster in
            try await cluster.callers { first, second in
                var held = try await first.take("a")
                // By polling alone, each would take seconds.
                try await within(.seconds(45)) {
                    for turn in 0..<30 {
                        let caller = turn % 2 == 0 ? second : first
                        let other = turn % 2 == 0 ? first : second
                        let waiter = Task {
                            try await caller.take("a", wait: 40_000)
                        }
                        try await eventually("it waits") {
                            try await caller.get("a").lock?.waiting == 1
                        }
                        try await other.release("a", held.grant)
                        let next = try await waiter.value
                        #expect(next.fence > held.fence)
                        held = next
                    }
                }
                try await first.release("a", held.grant)
            }
        }
    }

    @Test("a waiter that is cancelled leaves nothing, on nodes and servers")
    func cancelledWaiter() async throws {
        try await withCluster { cluster in
            try await cluster.callers { first, second in
                let held = try await first.take("a")
                let waiter = Task { try await second.acquire("a", wait: 15_000) }
                try await eventually("it waits on all nodes") {
                    try (0..<3).allSatisfy { try !cluster.keys($0, "hf1:q:").isEmpty }
                }
                waiter.cancel()
                _ = await waiter.result
                try await eventually("no node knows of it") {
                    try (0..<3).allSatisfy { node in
                        try cluster.keys(node, "hf1:q:").isEmpty
                            && cluster.keys(node, "hf1:w:").isEmpty
                    }
                }
                try await eventually("no server knows of it") {
                    cluster.servers.allSatisfy {
                        $0.metric("holdfast_coordination_waiters") == 0
                    }
                }
                try await first.release("a", held.grant)
                let next = try await second.take("a")
                try await second.release("a", next.grant)
            }
        }
    }

    @Test("a waiter of a server that is killed keeps nobody waiting for long")
    func killedWithWaiters() async throws {
        try await withCluster { cluster in
            try await cluster.callers { first, second in
                let held = try await second.take("a")
                let waiter = Task { try await first.plain.acquire("a", wait: 15_000) }
                try await eventually("it waits") {
                    try await second.get("a").lock?.waiting == 1
                }
                cluster.servers[0].kill()
                await #expect(throws: RPCError.self) { _ = try await waiter.value }
                try await second.release("a", held.grant)
                // Its places stand until its server is known to be gone.
                let next = try await second.take("a", wait: 18_000)
                #expect(next.fence > held.fence)
                try await second.release("a", next.grant)
                try cluster.servers[0].start()
            }
        }
    }
}

/// Ends what hangs.
private func within(
    _ limit: Duration, _ body: @escaping () async throws -> Void
) async throws {
    let clock = ContinuousClock()
    let start = clock.now
    try await body()
    #expect(clock.now - start < limit)
}
