import Foundation
import Holdfast
import HoldfastBase
import Testing

/// Two servers over the same nodes: the one that `holdfastctl` uses dies, and it goes on at the other.
@Suite struct FailOverTests {
    private struct Pair {
        let nodes: NodeSet
        let first: Daemon
        let second: Daemon

        init() async throws {
            nodes = try NodeSet(1)
            first = try Daemon(
                ["--redis-nodes", nodes.flag, "--cluster-form", "true"], folder: try Folder())
            try await first.logged("serving")
            second = try Daemon(
                ["--redis-nodes", nodes.flag, "--data-dir", first.folder["holdfast-data"]],
                folder: try Folder())
        }

        func end() {
            first.child.end()
            second.child.end()
        }

        /// The one that `holdfastctl` is connected to, and the other.
        func sorted() async throws -> (used: Daemon, other: Daemon) {
            let isFirst = try await ask(first) { client in
                try await client.admin.listConnections(.init()).connections.contains {
                    $0.agent.hasPrefix("holdfastctl/")
                }
            }
            return isFirst ? (first, second) : (second, first)
        }

        /// As the administrator, with the certificates that both use.
        func ask<Answer>(
            _ daemon: Daemon, _ body: (HoldfastClient) async throws -> Answer
        ) async throws -> Answer {
            let data = first.folder["holdfast-data"]
            let configuration = ChannelConfiguration(
                endpoints: [try Endpoint(try await daemon.address())],
                trustedCA: "\(data)/dev-ca/ca.pem", certificate: "\(data)/dev-ca/admin.pem",
                privateKey: "\(data)/dev-ca/admin-key.pem")
            return try await withHoldfast(configuration, body)
        }

        func holder(_ daemon: Daemon, _ name: String) async throws -> LockHolder? {
            try await ask(daemon) { client in
                try await client.locks.getLock(GetLockRequest(name: name)).lock?.holders.first
            }
        }
    }

    @Test func lockRunKeepsTheLock() async throws {
        let pair = try await Pair()
        defer { pair.end() }
        let run = try await Control(
            [
                "lock", "run", "o", "--ttl", "3s", "--wait", "20s", "--", "sh", "-c",
                "trap 'exit 33' USR1; echo ready; while :; do sleep 0.1; done",
            ], at: [pair.first, pair.second], in: try Folder())
        try await run.prints("ready") { $0 == "ready\n" }
        let (used, other) = try await pair.sorted()
        let fence = try await pair.holder(used, "o")?.fence
        used.child.end()
        // Well past what was granted.
        try await Task.sleep(for: .seconds(5))
        let held = try await pair.holder(other, "o")
        #expect(held?.fence == fence && fence != nil, "\(run.errors)")
        run.child.send(SIGUSR1)
        #expect(try await run.ended() == .code(33), "\(run.errors)")
    }

    @Test func watchGoesOnWhereItWas() async throws {
        let pair = try await Pair()
        defer { pair.end() }
        let folder = try Folder()
        let watch = try await Control(
            ["watch", "w/", "-o", "jsonl"], at: [pair.first, pair.second], in: folder)
        let taken = try await Control.run(
            "lock", "acquire", "w/1", "--ttl", "60s", at: [pair.first], in: folder)
        #expect(taken.exit == .code(0), "\(taken.errors)")
        try await watch.prints("the first lock") { $0.contains(#""name":"w/1""#) }
        let (used, other) = try await pair.sorted()
        used.child.end()
        let again = try await pair.ask(other) { client in
            try await client.locks.tryAcquire(TryAcquireRequest(names: ["w/2"], ttlMs: 60_000))
        }
        guard case .held = again.outcome else { throw Failure("w/2 is not held") }
        try await watch.prints("the second lock") { $0.contains(#""name":"w/2""#) }
        #expect(watch.errors.contains("going on where it was"), "\(watch.errors)")
        watch.child.send(SIGINT)
        #expect(try await watch.ended() == .code(0))
    }
}
