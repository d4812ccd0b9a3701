import Foundation
import Holdfast
import HoldfastBase
import Testing

/// `holdfastctl lock run` with real programs and real servers.
@Suite struct LockRunTests {
    private func holders(_ daemon: Daemon, _ name: String) async throws -> [LockHolder] {
        try await daemon.client(as: "admin") { client in
            try await client.locks.getLock(GetLockRequest(name: name)).lock?.holders ?? []
        }
    }

    private func isAlive(_ pid: Int32) -> Bool {
        // One that has ended and was not waited for is no process any more.
        let text = FileManager.default.contents(atPath: "/proc/\(pid)/stat") ?? Data()
        let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
        return fields.count > 2 && fields[2] != "Z"
    }

    /// The number that the program under the lock prints first: its own process id.
    private func program(of run: Control) async throws -> Int32 {
        try await run.prints("a process id") { $0.contains("\n") }
        let line = run.output.split(separator: "\n").first ?? ""
        guard let pid = Int32(line) else { throw Failure("no process id: \(run.output)") }
        return pid
    }

    @Test func theProgramHasTheLockAndItsStatusIsOurs() async throws {
        try await withDaemon { daemon in
            let ran = try await Control.run(
                "lock", "run", "a", "b", "--", "sh", "-c",
                "echo \"$HOLDFAST_LOCK|$HOLDFAST_FENCE|$HOLDFAST_GRANT\"; exit 9", at: [daemon])
            #expect(ran.exit == .code(9), "\(ran.errors)")
            let parts = ran.output.split(separator: "|")
            #expect(parts.first == "a\nb" && parts.count == 3)
            #expect(UInt64(parts.dropFirst().first ?? "") ?? 0 > 0)
            #expect(ran.errors.isEmpty, "\(ran.errors)")
            #expect(try await holders(daemon, "a").isEmpty)
            let missing = try await Control.run(
                "lock", "run", "a", "--", "no-such-program", at: [daemon])
            #expect(missing.exit == .code(127))
            #expect(missing.errors.contains("cannot run no-such-program"))
            #expect(try await holders(daemon, "a").isEmpty)
        }
    }

    @Test func onlyOneHasIt() async throws {
        try await withDaemon { daemon in
            let folder = try Folder()
            let first = try await Control(
                ["lock", "run", "one", "--", "sh", "-c", "echo $$; exec sleep 60"],
                at: [daemon], in: folder)
            let pid = try await program(of: first)
            // In a process group of its own.
            #expect(getpgid(pid) == pid)
            let second = try await Control.run(
                "lock", "run", "one", "--", "echo", "not this one", at: [daemon])
            #expect(second.exit == .code(3) && second.output.isEmpty)
            #expect(second.errors.contains("somebody holds it"), "\(second.errors)")
            first.child.send(SIGTERM)
            #expect(try await first.ended() == .code(128 + SIGTERM))
            #expect(!isAlive(pid))
            #expect(try await holders(daemon, "one").isEmpty)
        }
    }

    @Test func signalsArePassedOn() async throws {
        try await withDaemon { daemon in
            let run = try await Control(
                [
                    "lock", "run", "s", "--", "sh", "-c",
                    "trap 'echo told' USR1; trap 'exit 21' TERM; echo $$; "
                        + "while :; do sleep 0.1; done",
                ], at: [daemon], in: try Folder())
            _ = try await program(of: run)
            run.child.send(SIGUSR1)
            try await run.prints("what USR1 does") { $0.contains("told") }
            run.child.send(SIGTERM)
            #expect(try await run.ended() == .code(21))
        }
    }

    @Test func ctrlCWhileItWaitsLeavesNothingBehind() async throws {
        try await withDaemon { daemon in
            let folder = try Folder()
            let first = try await Control(
                ["lock", "run", "w", "--", "sh", "-c", "echo $$; exec sleep 60"],
                at: [daemon], in: folder)
            _ = try await program(of: first)
            let second = try await Control(
                ["lock", "run", "w", "--wait", "60s", "--", "echo", "never"], at: [daemon],
                in: folder)
            try await eventually("the second waits") {
                try await daemon.client(as: "admin") { client in
                    try await client.locks.getLock(GetLockRequest(name: "w")).lock?.waiting == 1
                }
            }
            second.child.send(SIGINT)
            #expect(try await second.ended() == .code(130))
            #expect(second.output.isEmpty && second.errors.isEmpty, "\(second.errors)")
            first.child.send(SIGTERM)
            _ = try await first.ended()
            #expect(try await holders(daemon, "w").isEmpty)
        }
    }

    @Test func aLockThatIsTakenAwayEndsTheProgramAndAllItStarted() async throws {
        try await withDaemon { daemon in
            let folder = try Folder()
            // The program ends when it is told to, and leaves one behind that does not.
            let run = try await Control(
                [
                    "lock", "run", "gone", "--ttl", "1s", "--kill-after", "300ms", "--", "sh", "-c",
                    "sh -c 'trap \"\" TERM; echo $$; while :; do sleep 0.1; done' & wait",
                ], at: [daemon], in: folder)
            let below = try await program(of: run)
            let taken = try await Control.run(
                "lock", "release", "gone", "--force", "--reason", "the host is on fire",
                at: [daemon])
            #expect(taken.exit == .code(0), "\(taken.errors)")
            #expect(try await run.ended() == .code(4))
            #expect(run.errors.contains("lost"), "\(run.errors)")
            #expect(!isAlive(below))
            let line = try await daemon.logged("admin call") { $0["method"].contains("Force") }
            #expect(line["reason"] == "the host is on fire")
        }
    }

    @Test func aProgramIsGoneBeforeItsLockIsFree() async throws {
        try await withDaemon { daemon in
            let run = try await Control(
                [
                    "lock", "run", "hung", "--ttl", "2s", "--kill-after", "500ms", "--", "sh", "-c",
                    "trap '' TERM; echo $$; while :; do sleep 0.1; done",
                ], at: [daemon], in: try Folder())
            let pid = try await program(of: run)
            // The one server hangs, and with it every renewal.
            daemon.child.send(SIGSTOP)
            #expect(try await run.ended() == .code(4))
            #expect(!isAlive(pid))
            #expect(run.errors.contains("killing sh"), "\(run.errors)")
            daemon.child.send(SIGCONT)
        }
    }

    @Test func theLockIsKeptWhileWhatTheProgramStartedWorksOn() async throws {
        try await withDaemon { daemon in
            let folder = try Folder()
            let run = try await Control(
                [
                    "lock", "run", "rest", "--", "sh", "-c",
                    "sh -c 'echo $$; while [ ! -e done ]; do sleep 0.1; done' & exit 7",
                ], at: [daemon], in: folder)
            let below = try await program(of: run)
            try await eventually("that it works on is said") { run.errors.contains("works on") }
            #expect(isAlive(below))
            #expect(try await holders(daemon, "rest").count == 1)
            try folder.write("done", "")
            #expect(try await run.ended() == .code(7))
            #expect(try await holders(daemon, "rest").isEmpty)
            // Ctrl-C, which a shell has what it leaves behind ignore, ends it.
            let second = try await Control(
                ["lock", "run", "rest", "--", "sh", "-c", "sleep 60 & echo $!"], at: [daemon],
                in: folder)
            let other = try await program(of: second)
            try await eventually("that it works on is said") { second.errors.contains("works on") }
            second.child.send(SIGINT)
            #expect(try await second.ended() == .code(0))
            #expect(!isAlive(other))
        }
    }

    @Test func aLossThatWasIgnoredIsNoSuccess() async throws {
        try await withDaemon { daemon in
            let folder = try Folder()
            let run = try await Control(
                [
                    "lock", "run", "i", "--ttl", "600ms", "--on-lost", "ignore", "--", "sh", "-c",
                    "echo $$; while [ ! -e done ]; do sleep 0.1; done",
                ], at: [daemon], in: folder)
            _ = try await program(of: run)
            _ = try await Control.run(
                "lock", "release", "i", "--force", "--reason", "a test", at: [daemon])
            try await eventually("that it goes on is said") { run.errors.contains("goes on") }
            try folder.write("done", "")
            #expect(try await run.ended() == .code(4))
        }
    }

    @Test func ignoredLossLetsTheProgramGoOn() async throws {
        try await withDaemon { daemon in
            let run = try await Control(
                [
                    "lock", "run", "i", "--ttl", "600ms", "--on-lost", "ignore", "--", "sh", "-c",
                    "trap 'exit 5' USR1; echo $$; while :; do sleep 0.1; done",
                ], at: [daemon], in: try Folder())
            _ = try await program(of: run)
            _ = try await Control.run(
                "lock", "release", "i", "--force", "--reason", "a test", at: [daemon])
            try await eventually("that it goes on is said") { run.errors.contains("goes on") }
            #expect(run.child.poll() == nil)
            run.child.send(SIGUSR1)
            #expect(try await run.ended() == .code(5))
        }
    }

    @Test func theProgramEndsWithARunnerThatIsKilled() async throws {
        try await withDaemon { daemon in
            let run = try await Control(
                ["lock", "run", "k", "--", "sh", "-c", "echo $$; exec sleep 60"],
                at: [daemon], in: try Folder())
            let pid = try await program(of: run)
            run.child.send(SIGKILL)
            #expect(try await run.ended() == .signal(SIGKILL))
            try await eventually("the program ends, too") { !isAlive(pid) }
        }
    }
}
