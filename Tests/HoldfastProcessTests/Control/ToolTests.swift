import Foundation
import Testing

/// The rest of `holdfastctl` against real servers, files and a terminal.
@Suite struct ToolTests {
    @Test func contextsAreKeptAndUsed() async throws {
        try await withDaemon { daemon in
            let folder = try Folder()
            let data = daemon.folder["holdfast-data/dev-ca"]
            let set = try await Control.run(
                "context", "set", "here", "endpoints=\(try await daemon.address())",
                "ca=\(data)/ca.pem", "cert=\(data)/admin.pem", "key=\(data)/admin-key.pem",
                in: folder)
            #expect(set.exit == .code(0), "\(set.errors)")
            #expect(folder.read(".config/holdfast/config.toml").hasPrefix("current = \"here\"\n"))
            let status = try await Control.run("status", in: folder)
            #expect(status.exit == .code(0), "\(status.errors)")
            _ = try await Control.run(
                "context", "set", "away", "endpoints=127.0.0.1:1", in: folder)
            let shown = try await Control.run(
                "context", "show", "--context", "away", "--timeout", "3s", "-o", "jsonl",
                in: folder, environment: ["HOLDFAST_OUTPUT": "table"])
            #expect(shown.output.contains(#""key":"timeout","value":"3s","origin":"--timeout""#))
            #expect(
                shown.output.contains(#""endpoints","value":["127.0.0.1:1"],"origin":"context"#))
            let used = try await Control.run("context", "use", "nowere", in: folder)
            #expect(used.exit == .code(2) && used.errors.contains("contexts in"))
        }
    }

    @Test func anyCallCanBeMade() async throws {
        try await withDaemon { daemon in
            let held = try await Control.run(
                "call", "TryAcquire", #"{"names":["c"],"ttl_ms":"60000","metadata":"0x6869"}"#,
                "--request-id", String(repeating: "ab", count: 16), at: [daemon])
            #expect(held.exit == .code(0), "\(held.errors)")
            #expect(held.output.contains(#"{"held":{"grant":"q6urq6urq6urq6urq6urqw==""#))
            let got = try await Control.run(
                "call", "holdfast.v1.LockService/GetLock", #"{"name":"c"}"#, at: [daemon])
            #expect(got.output.contains(#""metadata":"aGk=""#), "\(got.output)")
            #expect(got.output.contains(#""mode":"LOCK_MODE_EXCLUSIVE""#))
            let stream = try await Control.run(
                "call", "Watch", #"{"prefix":"c"}"#, "-n", "1", at: [daemon])
            #expect(stream.exit == .code(2) && stream.errors.contains("several methods"))
            let watched = try await Control.run(
                "call", "WatchService/Watch", #"{"prefix":"c"}"#, "-n", "1", at: [daemon])
            #expect(watched.output.hasPrefix(#"{"changed":{"name":"c""#), "\(watched.output)")
            let wrong = try await Control.run(
                "call", "TryAcquire", #"{"names":["c", 4]}"#, at: [daemon])
            #expect(wrong.exit == .code(2))
            #expect(wrong.errors.contains("names[1]: must be a text, and is a number"))
        }
    }

    @Test func aWatchShowsEachChangeUntilCtrlC() async throws {
        try await withDaemon { daemon in
            let folder = try Folder()
            _ = try await Control.run("lock", "try", "w/1", "--ttl", "60s", at: [daemon])
            let watch = try await Control(["watch", "w/"], at: [daemon], in: folder)
            try await watch.prints("what is held") { $0.contains("held  w/1") }
            _ = try await Control.run(
                "lock", "release", "w/1", "--force", "--reason", "a test", at: [daemon])
            try await watch.prints("the release") { $0.contains("free  w/1") }
            watch.child.send(SIGINT)
            #expect(try await watch.ended() == .code(0))
        }
    }

    @Test func certificatesAreMadeAndNeverOverwritten() async throws {
        let folder = try Folder()
        let made = try await Control.run("certs", "new", "certs", in: folder)
        #expect(made.exit == .code(0), "\(made.errors)")
        #expect(made.output.contains("holdfastd --tls-certificate \(folder["certs/server.pem"])"))
        let again = try await Control.run(
            "certs", "new", "certs", "--client", "holdfast://local/admin", in: folder)
        #expect(again.exit == .code(7) && again.errors.contains("nothing is overwritten"))
        let small = try await Control.run(
            "certs", "new", "small", "--client", "holdfast://team/one", in: folder)
        #expect(small.exit == .code(0) && !folder.read("small/server.pem").isEmpty)
        #expect(!folder.read("small/one.pem").isEmpty && folder.read("small/admin.pem").isEmpty)
        let one = try await Control.run(
            "certs", "new", "certs", "--client", "holdfast://team/more", in: folder)
        #expect(one.exit == .code(0) && one.output.contains("kept"), "\(one.errors)")
        try await withDaemon(
            [
                "--tls-certificate", folder["certs/server.pem"],
                "--tls-key", folder["certs/server-key.pem"],
                "--tls-client-ca", folder["certs/ca.pem"],
            ]
        ) { daemon in
            let status = try await Control.run(
                "status", "-e", try await daemon.address(), "--ca", folder["certs/ca.pem"],
                "--cert", folder["certs/more.pem"], "--key", folder["certs/more-key.pem"])
            #expect(status.output.contains("holdfast://team/more"), "\(status.errors)")
        }
    }

    @Test func topPrintsOnePictureIntoAPipe() async throws {
        try await withDaemon { daemon in
            _ = try await Control.run("lock", "try", "t", "--ttl", "60s", at: [daemon])
            let top = try await Control.run("top", at: [daemon])
            #expect(top.exit == .code(0), "\(top.errors)")
            #expect(top.output.contains("locks 1  waiting 0  nodes 1/1 vote"))
            #expect(!top.output.contains("\u{1B}"))
            let nodes = try await Control.run("nodes", "--compare", at: [daemon])
            #expect(nodes.output.contains("1 lock compared; all nodes that answer agree"))
        }
    }

    /// What bash offers, by the script in a real bash.
    @Test(arguments: [
        (["lock", "r"], "run renew release"),
        (["lock", "run", "a", "--on-lost", ""], "term kill ignore"),
        (["-e", "x:1", "lock", "run", "--kil"], "--kill-after"),
        (["completion", ""], "bash zsh fish"),
        (["policy", "check", "--"], "--output --help"), (["-o", "j"], "json jsonl"),
    ])
    func bashCompletes(words: [String], offered: String) async throws {
        let folder = try Folder()
        let script = """
            source <("$1" completion bash) || exit
            shift
            COMP_WORDS=(holdfastctl "$@") COMP_CWORD=$#
            _holdfastctl
            echo "${COMPREPLY[*]}"
            """
        let file = try folder.write("complete.bash", script)
        let child = try Child(
            ["/bin/bash", file, Control.binary] + words, environment: ["PATH": "/usr/bin:/bin"],
            in: folder.path, output: folder["out"], errors: folder["err"])
        #expect(try await child.ended() == .code(0), "\(folder.read("err"))")
        #expect(folder.read("out") == offered + "\n")
    }
}
