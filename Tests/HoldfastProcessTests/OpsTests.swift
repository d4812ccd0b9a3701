import Holdfast
import Testing

@Suite struct OpsTests {
    @Test func everyPathAnswers() async throws {
        try await withDaemon { daemon in
            _ = try await daemon.address()
            let live = try await daemon.ops("/livez")
            #expect(live.status == 200 && live.body == "ok\n")
            for path in ["/readyz", "/healthz", "/readyz?verbose=1"] {
                let ready = try await daemon.ops(path)
                #expect(ready.status == 200)
                #expect(ready.body.contains("[+] serving\n") && ready.body.hasSuffix("ready\n"))
            }
            let metrics = try await daemon.ops("/metrics")
            #expect(metrics.status == 200)
            #expect(metrics.field("content-type")?.hasPrefix("text/plain; version=0.0.4") == true)
            for name in [
                "holdfast_rpc_connections", "holdfast_tls_certificate_not_after_seconds",
                "holdfast_policy_denials_total", "process_open_fds",
            ] {
                #expect(metrics.body.contains("\n\(name) "), "\(name) is missing")
            }
            let missing = try await daemon.ops("/nothing")
            #expect(missing.status == 404 && missing.body.contains("/metrics"))
            #expect(try await daemon.ops("/").status == 404)
            let head = try await daemon.ops("/livez", method: "HEAD")
            #expect(head.status == 200 && head.body.isEmpty)
            #expect(head.field("content-length") == "3")
        }
    }

    @Test func whatIsNoProbeIsRefused() async throws {
        try await withDaemon { daemon in
            let address = try await daemon.opsAddress()
            func status(_ text: String) async throws -> Int {
                try HTTPAnswer(await PlainSocket(address).exchange(text)).status
            }
            let post = try await daemon.ops("/livez", method: "POST")
            #expect(post.status == 405 && post.field("allow") == "GET, HEAD")
            #expect(try await status("GET /livez HTTP/2.0\r\nHost: a\r\n\r\n") == 505)
            #expect(try await status("GET /livez HTTP/1.1\r\n\r\n") == 400)
            #expect(try await status("nonsense\r\n\r\n") == 400)
            #expect(try await status("GET /livez HTTP/1.0\r\n\r\n") == 200)
        }
    }

    /// Whoever sends more than is read must still get to see the answer, and not a reset.
    @Test(arguments: [20_000, 300_000]) func longRequestsGetTheirAnswer(_ size: Int) async throws {
        try await withDaemon { daemon in
            let address = try await daemon.opsAddress()
            let filler = String(repeating: "x", count: size)
            let long = PlainSocketResult(
                try await PlainSocket(address).talk(
                    "GET / HTTP/1.1\r\nHost: a\r\nX: \(filler)\r\n\r\n"))
            #expect(try HTTPAnswer(long.text).status == 431)
            #expect(long.end == .closed)
            let body = PlainSocketResult(
                try await PlainSocket(address).talk(
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n\(filler)"))
            #expect(try HTTPAnswer(body.text).status == 405)
            #expect(body.end == .closed)
        }
    }

    @Test func aRequestInPiecesIsRead() async throws {
        try await withDaemon { daemon in
            let socket = try PlainSocket(try await daemon.opsAddress())
            let (bytes, _) = await socket.talk(
                "GE", "T /livez HT", "TP/1.1\r\nHo", "st: a\r", "\n\r\n")
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(try HTTPAnswer(text).status == 200)
        }
    }

    /// The listener has a thread of its own to say that the others are stuck.
    @Test func aStuckLoopIsNotLive() async throws {
        try await withDaemon { daemon in
            _ = try await daemon.address()
            let pid = daemon.child.pid
            let thread = try await eventually("the thread of a loop") {
                try ThreadHold.thread("hf-loop-0", of: pid)
            }
            let hold = try ThreadHold(thread: thread)
            let live = try await daemon.ops("/livez")
            #expect(live.status == 503 && live.body == "not live\n")
            #expect(try await daemon.ops("/readyz").status == 503)
            #expect(try await daemon.ops("/metrics").status == 200)
            hold.release()
            try await eventually("live again") { try await daemon.ops("/livez").status == 200 }
        }
    }

    /// However many stand at the door, those who ask are answered: a supervisor that is not would restart a
    /// server that is well.
    @Test func probesAreAnsweredBesideAFlood() async throws {
        try await withDaemon { daemon in
            let address = try await daemon.opsAddress()
            var sockets: [PlainSocket] = []
            for number in 0..<600 {
                let socket = try PlainSocket(address)
                sockets.append(socket)
                // Every other one asks; the others hold places.
                if number.isMultiple(of: 2) {
                    socket.send("GET /livez HTTP/1.1\r\nHost: here\r\n\r\n")
                }
            }
            for number in stride(from: 0, to: sockets.count, by: 2) {
                let answer = PlainSocketResult(await sockets[number].finish())
                #expect(try HTTPAnswer(answer.text).status == 200, "\(number): \(answer.end)")
            }
        }
    }

    @Test func opsCanBeOff() async throws {
        try await withDaemon(["--ops-listen", "off"]) { daemon in
            _ = try await daemon.address()
            #expect(daemon.lines("answering probes").isEmpty)
        }
    }
}
