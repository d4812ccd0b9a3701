import Foundation
import Testing

/// `holdfastctl` on a real terminal.
@Suite struct TerminalTests {
    /// On a real terminal: the second page is entered and left, and the terminal is as before.
    @Test(arguments: ["q", "signal"])
    func topGivesTheTerminalBack(way: String) async throws {
        try await withDaemon { daemon in
            let script = """
                import os, pty, select, signal, subprocess, sys, termios, time
                master, slave = pty.openpty()
                before = termios.tcgetattr(slave)
                run = subprocess.Popen(sys.argv[2:], stdin=slave, stdout=slave, stderr=slave)
                seen = b""
                end = time.time() + 30
                def until(what):
                    global seen
                    while what not in seen:
                        if time.time() > end: sys.exit("never seen: %r in %r" % (what, seen))
                        if select.select([master], [], [], 0.1)[0]: seen += os.read(master, 65536)
                until(b"\\x1b[?1049h")
                until(b"nodes 1/1 vote")
                assert termios.tcgetattr(slave) != before
                if sys.argv[1] == "q": os.write(master, b"q")
                else: run.send_signal(signal.SIGTERM)
                until(b"\\x1b[?1049l")
                status = run.wait(30)
                assert termios.tcgetattr(slave) == before, "the terminal is not as before"
                print("status", status)
                """
            let folder = try Folder()
            let file = try folder.write("terminal.py", script)
            let data = daemon.folder["holdfast-data"]
            let child = try Child(
                [
                    "/usr/bin/env", "python3", file, way, Control.binary, "top", "-e",
                    try await daemon.address(), "--data-dir", data,
                ], environment: ["PATH": "/usr/bin:/bin", "TERM": "xterm"], in: folder.path,
                output: folder["out"], errors: folder["err"])
            #expect(
                try await child.ended(within: .seconds(60)) == .code(0), "\(folder.read("err"))")
            #expect(folder.read("out") == "status 0\n")
        }
    }

    /// In the foreground of a terminal the program gets Ctrl-C, and the lock is given back.
    @Test func ctrlCOnATerminalIsTheProgramsAndTheLockIsGivenBack() async throws {
        try await withDaemon { daemon in
            let script = """
                import os, pty, select, sys, time
                pid, master = pty.fork()
                if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
                seen = b""
                end = time.time() + 30
                def until(what):
                    global seen
                    while what not in seen:
                        if time.time() > end: sys.exit("never seen: %r in %r" % (what, seen))
                        if select.select([master], [], [], 0.1)[0]: seen += os.read(master, 65536)
                until(b"ready")
                os.write(master, b"word\\n")
                until(b"read word")
                os.write(master, b"\\x03")
                until(b"interrupted")
                print("status", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
                """
            let folder = try Folder()
            let file = try folder.write("terminal.py", script)
            let child = try Child(
                [
                    "/usr/bin/env", "python3", file, Control.binary, "lock", "run", "tty", "-e",
                    try await daemon.address(), "--data-dir", daemon.folder["holdfast-data"], "--",
                    "sh", "-c",
                    "trap 'echo interrupted; exit 17' INT; echo ready; read x; echo read $x; "
                        + "while :; do sleep 0.1; done",
                ], environment: ["PATH": "/usr/bin:/bin", "TERM": "xterm"], in: folder.path,
                output: folder["out"], errors: folder["err"])
            #expect(
                try await child.ended(within: .seconds(60)) == .code(0), "\(folder.read("err"))")
            #expect(folder.read("out") == "status 17\n")
            let listed = try await Control.run("lock", "get", "tty", at: [daemon])
            #expect(listed.output.contains("free"))
        }
    }

    /// A shell that brings us back to the foreground tells nobody: the program gets the terminal then.
    @Test func aProgramBehindGetsTheTerminalWhenWeDo() async throws {
        try await withDaemon { daemon in
            let script = """
                import os, pty, select, sys, time
                pid, master = pty.fork()
                if pid == 0: os.execv("/bin/bash", ["bash", "--norc", "--noprofile", "-i"])
                seen = b""
                end = time.time() + 45
                def until(what):
                    global seen
                    while what not in seen:
                        if time.time() > end: sys.exit("never seen: %r in %r" % (what, seen))
                        if select.select([master], [], [], 0.1)[0]: seen += os.read(master, 65536)
                line = " ".join(sys.argv[1:])
                os.write(master, (line + " -- sh -c 'read x; echo read-$x' &\\n").encode())
                until(b"is stopped")
                os.write(master, b"fg\\n")
                time.sleep(1)
                os.write(master, b"word\\n")
                until(b"read-word")
                # One that is stopped behind ends when it is told to.
                os.write(master, (line + " -- sh -c 'read x' &\\n").encode())
                seen = b""
                until(b"is stopped")
                os.write(master, b"kill %1; wait; echo all-$((40 + 2))\\n")
                until(b"all-42")
                print("done")
                """
            let folder = try Folder()
            let file = try folder.write("terminal.py", script)
            let child = try Child(
                [
                    "/usr/bin/env", "python3", file, Control.binary, "lock", "run", "fg", "-e",
                    try await daemon.address(), "--data-dir", daemon.folder["holdfast-data"],
                    "--wait", "20s",
                ], environment: ["PATH": "/usr/bin:/bin", "TERM": "dumb"], in: folder.path,
                output: folder["out"], errors: folder["err"])
            #expect(
                try await child.ended(within: .seconds(60)) == .code(0), "\(folder.read("err"))")
            #expect(folder.read("out") == "done\n")
            let listed = try await Control.run("lock", "get", "fg", at: [daemon])
            #expect(listed.output.contains("free"))
        }
    }
}
