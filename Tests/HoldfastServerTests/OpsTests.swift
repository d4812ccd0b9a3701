import HoldfastServer
import Testing

@Suite struct OpsTests {
    private static let facts = OpsFacts(
        isLive: true,
        checks: [
            .init("tls", isGood: true), .init("draining", isGood: false, detail: "by\nSIGTERM"),
        ],
        metrics: { "a_total 1\n" })

    private func answer(_ request: String, _ facts: OpsFacts = facts) -> String? {
        var exchange = OpsExchange()
        switch exchange.receive(request.utf8) {
        case .readMore: return nil
        case .gather: return String(decoding: exchange.answer(facts), as: UTF8.self)
        case .answer(let bytes): return String(decoding: bytes, as: UTF8.self)
        }
    }

    private func get(_ path: String) -> String? {
        answer("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
    }

    @Test func theWholeAnswer() {
        #expect(
            get("/livez") == """
                HTTP/1.1 200 OK\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Length: 3\r
                Cache-Control: no-store\r
                X-Content-Type-Options: nosniff\r
                Connection: close\r
                \r
                ok

                """)
    }

    @Test func readinessSaysWhyNot() {
        for path in ["/readyz", "/healthz", "/readyz?verbose"] {
            let answer = get(path)
            #expect(answer?.hasPrefix("HTTP/1.1 503 ") == true)
            #expect(
                answer?.hasSuffix("[+] tls\n[-] draining: by\\u{a}SIGTERM\nnot ready\n") == true)
        }
        var good = Self.facts
        good.checks.removeLast()
        let ready = answer("GET /readyz HTTP/1.0\r\n\r\n", good)
        #expect(ready?.hasPrefix("HTTP/1.1 200 ") == true)
        good.isLive = false
        #expect(answer("GET /livez HTTP/1.0\r\n\r\n", good)?.contains(" 503 ") == true)
        #expect(answer("GET /readyz HTTP/1.0\r\n\r\n", good)?.contains(" 503 ") == true)
    }

    @Test func metricsHaveTheirContentType() {
        let answer = get("/metrics")
        #expect(
            answer?.contains("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n") == true)
        #expect(answer?.hasSuffix("\r\n\r\na_total 1\n") == true)
    }

    @Test func headHasTheLengthAndNoBody() {
        let answer = answer("HEAD /metrics HTTP/1.1\r\nhost:x\r\n\r\n")
        #expect(answer?.contains("Content-Length: 10\r\n") == true)
        #expect(answer?.hasSuffix("\r\n\r\n") == true)
    }

    @Test func anUnknownPathListsTheKnown() {
        let answer = get("/")
        #expect(answer?.hasPrefix("HTTP/1.1 404 ") == true)
        for entry in OpsExchange.paths { #expect(answer?.contains(entry.path) == true) }
    }

    @Test(arguments: [
        ("POST /livez HTTP/1.1\r\nHost: x\r\n\r\n", 405), ("get /livez HTTP/1.0\r\n\r\n", 405),
        ("GET /livez HTTP/2.0\r\nHost: x\r\n\r\n", 505), ("GET /livez\r\n\r\n", 400),
        ("GET  /livez HTTP/1.0\r\n\r\n", 400), ("GET livez HTTP/1.0\r\n\r\n", 400),
        ("GET http://a/livez HTTP/1.0\r\n\r\n", 400), ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400), ("GET / HTTP/1.0\r\n folded\r\n\r\n", 400),
        ("GET / HTTP/1.0\r\nname\r\n\r\n", 400), ("GET / HTTP/1.0\nA: b\r\n\r\n", 400),
        ("GET / HTTP/1.0\r\nA: b\rC: d\r\n\r\n", 400), ("GET /\u{0} HTTP/1.0\r\n\r\n", 400),
        ("GET / HTTP/1.0\r\nA: \u{1B}\r\n\r\n", 400), ("\u{16}\u{3}\u{1}\r\n\r\n", 400),
        ("GET / HTTP/1.0\r\nA: \rb\nC: d\r\n\r\n", 400),
        ("GET / HTTP/1.0\nA: b\r\n\r\n", 400), ("GET / HTTP/1.0\r\n\nA: b\r\n\r\n", 400),
        ("\r\n\r\nGET /livez HTTP/1.0\r\n\r\n", 200),
        ("GET /livez HTTP/1.0\r\nA: é \t b\r\n\r\ntrailing", 200),
    ])
    func strictness(request: String, status: Int) {
        let answer = answer(request)
        #expect(answer?.hasPrefix("HTTP/1.1 \(status) ") == true, "\(answer ?? "none")")
        #expect((status == 405) == (answer?.contains("Allow: GET, HEAD") == true))
    }

    /// It says nothing more until it is answered.
    @Test func aTLSClientIsToldAtItsFirstByte() {
        var exchange = OpsExchange()
        let hello: [UInt8] = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3]
        guard case .answer(let bytes) = exchange.receive(hello) else {
            Issue.record("waits for more")
            return
        }
        let answer = String(decoding: bytes, as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("speaks plain HTTP"))
    }

    @Test func theHeadIsBounded() {
        let long = "GET / HTTP/1.1\r\nA: " + String(repeating: "a", count: 9000)
        #expect(answer(long)?.hasPrefix("HTTP/1.1 431 ") == true)
        let blank = String(repeating: "\r\n", count: 9000)
        #expect(answer(blank)?.hasPrefix("HTTP/1.1 431 ") == true)
    }

    @Test func everyCutGivesTheSameAnswer() {
        let request = Array("GET /readyz HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n".utf8)
        let whole = get("/readyz").map { Array($0.utf8) }
        for cut in 1..<request.count {
            var exchange = OpsExchange()
            #expect(exchange.receive(request[..<cut]) == .readMore)
            #expect(exchange.receive(request[cut...]) == .gather)
            #expect(exchange.receive(request) == .readMore)
            #expect(exchange.answer(Self.facts) == whole)
            #expect(exchange.answer(Self.facts).isEmpty)
        }
    }

    @Test func noiseNeverTraps() {
        var state: UInt64 = 3
        func next() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 40)
        }
        let good = Array("GET /readyz HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n".utf8)
        for _ in 0..<5000 {
            var request = good
            for _ in 0...(next() % 5) { request[next() % request.count] = UInt8(next() % 256) }
            var exchange = OpsExchange()
            switch exchange.receive(request) {
            case .readMore: break
            case .gather: #expect(exchange.answer(Self.facts).starts(with: "HTTP/1.1 ".utf8))
            case .answer(let bytes): #expect(bytes.starts(with: "HTTP/1.1 ".utf8))
            }
        }
    }
}
