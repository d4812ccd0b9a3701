import Foundation
import Holdfast
import HoldfastBase
import Testing

/// What `holdfastctl` shows of locks, queues and nodes, where all is well and where it is not.
@Suite(.serialized) struct LookingTests {
    private static let id = String(repeating: "ab", count: 16)

    @Test func whoWaitsIsShownAcrossServers() async throws {
        let nodes = try NodeSet(3)
        let flags = ["--redis-nodes", nodes.flag, "--cluster-form", "true"]
        try await withDaemon(flags) { first in
            try await first.logged("serving")
            try await eventually("a quorum") { try await first.ops("/readyz").status == 200 }
            let second = try Daemon(
                flags + ["--data-dir", first.folder["holdfast-data"]], folder: try Folder())
            defer { second.child.end() }
            try await second.logged("serving")
            try await eventually("a quorum") { try await second.ops("/readyz").status == 200 }
            let folder = try Folder()
            let held = try await Control.run(
                "lock", "try", "q", "--ttl", "10m", "--request-id", Self.id, at: [first])
            #expect(held.exit == .code(0), "\(held.errors)")
            let here = try await Control(
                ["lock", "acquire", "q", "--wait", "5m", "-m", "from here"], at: [first],
                in: folder)
            try await eventually("one waits") { try await queue(first).contains("from here") }
            let data = ["HOLDFAST_DATA_DIR": first.folder["holdfast-data"]]
            let there = try await Control(
                [
                    "lock", "acquire", "q", "--wait", "5m", "-m", "from there", "-e",
                    try await second.address(),
                ], in: folder, environment: data)
            try await eventually("two wait") { try await queue(first).contains("another server") }
            let lines = try await queue(first).split(separator: "\n")
            #expect(lines.count == 3, "\(lines)")
            #expect(lines[1].contains("from here") && lines[2].contains("another server"))
            for waiter in [here, there] {
                waiter.child.send(SIGINT)
                #expect(try await waiter.ended() == .code(130))
            }
            try await eventually("nobody waits") {
                try await queue(first) == "nobody waits for q\n"
            }
        }
    }

    private func queue(_ daemon: Daemon) async throws -> String {
        let asked = try await Control.run("lock", "queue", "q", at: [daemon])
        guard asked.exit == .code(0) else { throw Failure(asked.errors) }
        return asked.output
    }

    @Test func whatAnotherHoldsIsSaidWithWhoDoes() async throws {
        try await withDaemon { daemon in
            let taken = try await Control.run(
                "lock", "try", "a", "--ttl", "10m", "-m", "the backup", at: [daemon])
            #expect(taken.exit == .code(0), "\(taken.errors)")
            let given = try await Control.run(
                "lock", "release", "a", "--grant", Self.id, at: [daemon])
            #expect(given.exit == .code(7) && given.output.isEmpty)
            for part in ["LOCK_NOT_OWNER", "the backup", "--force --fence"] {
                #expect(given.errors.contains(part), "\(given.errors)")
            }
            let forced = try await Control.run(
                "lock", "release", "a", "--force", "--fence", "1", "--reason", "x", at: [daemon])
            #expect(forced.exit == .code(7) && forced.errors.contains("the backup"))
            let unnamed = try await Control.run("lock", "renew", "a", "--grant", Self.id)
            #expect(unnamed.exit == .code(2) && unnamed.errors.contains("--ttl is missing"))
            let kept = try await Control.run("session", "keepalive", Self.id)
            #expect(kept.exit == .code(2) && kept.errors.contains("--ttl is missing"))
        }
    }

    @Test func whoHoldsALockIsSaidByDefault() async throws {
        try await withDaemon { daemon in
            let empty = try await Control.run("lock", "ls", "none/", at: [daemon])
            #expect(empty.output == "no lock is held below none/\n")
            let taken = try await Control.run("lock", "acquire", "a", "--ttl", "1m", at: [daemon])
            #expect(taken.exit == .code(0), "\(taken.errors)")
            let tried = try await Control.run("lock", "try", "a", at: [daemon])
            let who = ":\(ProcessInfo.processInfo.processIdentifier)"
            #expect(tried.exit == .code(3) && tried.output.contains("@"), "\(tried.output)")
            #expect(tried.output.contains(who), "\(tried.output)")
            _ = try await Control.run("elect", "campaign", "e", "--ttl", "1m", at: [daemon])
            let leader = try await Control.run("elect", "leader", "e", at: [daemon])
            #expect(leader.output.contains(who), "\(leader.output)")
        }
    }

    /// A node that hangs is not waited for by who only looks, and is named.
    @Test func aNodeThatHangsIsNamed() async throws {
        let nodes = try NodeSet(3)
        try await withDaemon(
            ["--redis-nodes", nodes.flag, "--cluster-form", "true"]
        ) { daemon in
            try await eventually("a quorum") { try await daemon.ops("/readyz").status == 200 }
            try await eventually("all vote") {
                let nodes = try await Control.run("nodes", "-o", "json", at: [daemon])
                return nodes.output.components(separatedBy: "\"voting\"").count == 4
            }
            let taken = try await Control.run("lock", "try", "a", "--ttl", "10m", at: [daemon])
            #expect(taken.exit == .code(0), "\(taken.errors)")
            try nodes.tell("pause", 1)
            let got = try await Control.run("lock", "get", "a", at: [daemon])
            #expect(got.output.contains("2 of 3 answered and agree; node 1 did not"), "\(got)")
            let listed = try await Control.run("lock", "ls", at: [daemon])
            #expect(listed.output.contains("2 of 3 nodes answered; node 1 did not"), "\(listed)")
            try nodes.tell("resume", 1)
        }
    }

    @Test func aClusterIsFormedOnce() async throws {
        let nodes = try NodeSet(3)
        try await withDaemon(["--redis-nodes", nodes.flag]) { daemon in
            try await eventually("all are seen empty") {
                let shown = try await Control.run("nodes", at: [daemon])
                return shown.exit == .code(5) && shown.output.contains("holdfastctl cluster init")
            }
            let early = try await Control.run("lock", "try", "a", at: [daemon])
            #expect(early.exit == .code(5) && early.errors.contains("holdfastctl cluster init"))
            let formed = try await Control.run("cluster", "init", at: [daemon])
            #expect(formed.exit == .code(0), "\(formed.errors)")
            let again = try await Control.run("cluster", "init", at: [daemon])
            #expect(again.exit == .code(7) && again.errors.contains("formed already"))
        }
    }

    /// Who waits goes on waiting when the quorum is lost; who looks on is shown what there is.
    @Test func aLostQuorumIsShownAndWaitedThrough() async throws {
        let nodes = try NodeSet(1, "--aof", "always")
        try await withDaemon(
            ["--redis-nodes", nodes.flag, "--cluster-form", "true"]
        ) { daemon in
            try await eventually("a quorum") { try await daemon.ops("/readyz").status == 200 }
            try nodes.tell("kill", 0)
            try await eventually("no quorum") { try await daemon.ops("/readyz").status != 200 }
            let top = try await Control.run("top", "--once", at: [daemon])
            #expect(top.exit == .code(5) && top.output.contains("no quorum"), "\(top)")
            #expect(top.output.contains("locks ?") && top.output.contains("down"))
            let refused = try await Control.run("lock", "try", "a", at: [daemon])
            #expect(refused.exit == .code(5) && refused.errors.contains("holdfastctl nodes"))
            let waiting = try await Control(
                ["lock", "acquire", "a", "--wait", "5m"], at: [daemon], in: try Folder())
            try await eventually("it says that it goes on") {
                waiting.errors.contains("trying again until --wait is over")
            }
            try nodes.tell("restart", 0)
            #expect(try await waiting.ended() == .code(0), "\(waiting.errors)")
            #expect(waiting.output.contains("held"))
        }
    }
}
