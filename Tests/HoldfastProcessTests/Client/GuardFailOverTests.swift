import Foundation
import Glibc
import Holdfast
import Synchronization
import Testing

/// What guards of the client go through when the server that it talks to dies, or stands still. Two
/// servers on real Redis nodes.
@Suite(.serialized) struct GuardFailOverTests {
    private static let guardCount = 1000

    private func withTwoServers(
        _ body: ([Daemon], HoldfastClient) async throws -> Void
    ) async throws {
        let nodes = try NodeSet(3, "--unix")
        let flags = ["--redis-nodes", nodes.flag, "--cluster-form", "true"]
        try await withDaemon(flags) { one in
            try await eventually("the first is ready") {
                try await one.ops("/readyz").status == 200
            }
            // The same certificates, so that one client trusts both.
            let folder = try Folder()
            try FileManager.default.copyItem(
                atPath: one.folder["holdfast-data"], toPath: folder["holdfast-data"])
            try await withDaemon(flags, folder: folder) { two in
                try await eventually("the second is ready") {
                    try await two.ops("/readyz").status == 200
                }
                var configuration = try await one.configuration()
                configuration.endpoints.append(try Endpoint(try await two.address()))
                try await withHoldfast(configuration) { client in
                    try await body([one, two], client)
                }
            }
        }
    }

    /// The server in use, and the other.
    private func inUse(
        _ daemons: [Daemon], _ client: HoldfastClient
    ) async throws -> (used: Daemon, other: Daemon) {
        let server = try #require(await client.channel.currentServer())
        let first = try await daemons[0].address()
        return server.endpoint.description == first
            ? (daemons[0], daemons[1]) : (daemons[1], daemons[0])
    }

    private func take(
        _ client: HoldfastClient, _ count: Int, ttl: Duration
    ) async throws -> [LockGuard] {
        try await withThrowingTaskGroup(of: LockGuard.self) { group in
            for number in 0..<count {
                group.addTask {
                    try await client.acquire("lock-\(number)", LockOptions(ttl: ttl))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Waits for longer than a grant lives unless it is renewed, and says which guards are lost.
    private func lost(of guards: [LockGuard], after ttl: Duration) async throws -> [LockGuard] {
        try await Task.sleep(for: ttl + ttl / 2)
        return guards.filter { !$0.isHeld }
    }

    @Test func theServerIsKilled() async throws {
        let ttl = Duration.seconds(12)
        try await withTwoServers { daemons, client in
            let guards = try await take(client, Self.guardCount, ttl: ttl)
            let (used, other) = try await inUse(daemons, client)
            used.kill()
            let lost = try await lost(of: guards, after: ttl)
            #expect(lost.isEmpty, "\(lost.count) of \(guards.count) guards are lost")
            let address = try await other.address()
            #expect(await client.channel.currentServer()?.endpoint.description == address)
            try await guards[0].release()
            try await client.withLock(guards[0].name, .try) { _ in }
        }
    }

    @Test func theServerStandsStill() async throws {
        let ttl = Duration.seconds(12)
        try await withTwoServers { daemons, client in
            let guards = try await take(client, 50, ttl: ttl)
            let (used, other) = try await inUse(daemons, client)
            used.child.send(SIGSTOP)
            defer { used.child.send(SIGCONT) }
            let lost = try await lost(of: guards, after: ttl)
            #expect(lost.isEmpty, "\(lost.count) of \(guards.count) guards are lost")
            let address = try await other.address()
            #expect(await client.channel.currentServer()?.endpoint.description == address)
        }
    }

    /// A wait that is under way when its server dies keeps its place at the other.
    @Test func aWaiterGoesOnElsewhere() async throws {
        try await withTwoServers { daemons, client in
            let held = try await client.acquire("a", LockOptions(ttl: .seconds(20)))
            let waiting = Task { try await client.acquire("a", LockOptions(wait: .seconds(60))) }
            try await eventually("it waits") {
                try await client.locks.getLock(GetLockRequest(name: "a")).lock?.waiting == 1
            }
            let (used, _) = try await inUse(daemons, client)
            used.kill()
            try await eventually("it waits there") {
                try await client.locks.getLock(GetLockRequest(name: "a")).lock?.waiting == 1
            }
            try await held.release()
            let next = try await waiting.value
            #expect(next.fence > held.fence)
            try await next.release()
        }
    }

    /// With nowhere else to go, a body is cancelled when its time is over, and not before.
    @Test func nobodyAnswers() async throws {
        try await withDaemon { daemon in
            try await daemon.client { client in
                let entered = Mutex(false)
                let task = Task {
                    try await client.withLock("a", LockOptions(ttl: .seconds(3))) { lock in
                        entered.withLock { $0 = true }
                        for await state in lock.states where !state.isHeld { break }
                        #expect(lock.remaining == .zero)
                    }
                }
                try await eventually("it is inside") { entered.withLock { $0 } }
                daemon.child.send(SIGSTOP)
                let lost = await #expect(throws: LockLost.self) { try await task.value }
                #expect(lost?.reason == .expired)
                daemon.child.send(SIGCONT)
                try await client.withLock("a", LockOptions(wait: .seconds(20))) { _ in }
            }
        }
    }
}
