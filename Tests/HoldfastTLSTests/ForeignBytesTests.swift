import HoldfastTLS
import Testing

/// What a server says to peers that are no Holdfast client.
@Suite("Foreign bytes")
struct ForeignBytesTests {
    /// What the server makes of these first bytes, and what it writes back.
    private func send(_ bytes: [UInt8]) throws -> (step: HandshakeStep, answer: [UInt8]) {
        let wire = Wire()
        var server = try TLSSession(server: Issuer().server(), descriptor: wire.near)
        #expect(server.handshake() == .wantRead)
        wire.sendFar(bytes)
        let step = server.handshake()
        return (step, wire.receiveFar())
    }

    @Test("plain HTTP is named and gets a readable answer", arguments: ["GET", "POST", "CONNECT"])
    func http(method: String) throws {
        let met = try send(Array("\(method) / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
        let failure = try #require(met.step.failure)
        #expect(failure.reason == .httpRequest)
        let refusal = try #require(failure.plainTextRefusal).description
        #expect(refusal.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        let parts = refusal.split(separator: "\r\n\r\n", maxSplits: 1)
        #expect(refusal.contains("Content-Length: \(parts[1].utf8.count)\r\n"))
    }

    @Test("other bytes are named and get a sentence")
    func garbage() throws {
        let texts = [
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "*1\r\n$4\r\nPING\r\n", "SSH-2.0-OpenSSH\r\n",
            "DELETE / HTTP/1.1\r\n\r\n", "\0\0\0\u{10}\u{1}\0\0\0\0\0\0\0",
        ]
        for text in texts {
            let failure = try #require(try send(Array(text.utf8)).step.failure)
            #expect(failure.reason == .notTLS)
            #expect(failure.plainTextRefusal?.description.hasSuffix("\r\n") == true)
            #expect(!failure.isAuthentication)
        }
    }

    @Test("an SSLv2 hello is a matter of the version")
    func sslv2() throws {
        // Length 0x802e, CLIENT-HELLO, version 2, then lengths of ciphers, session, challenge.
        var hello: [UInt8] = [0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10]
        hello += [UInt8](repeating: 7, count: 0x15 + 0x10)
        let failure = try #require(try send(hello).step.failure)
        #expect(failure.reason == .protocolVersion)
        #expect(failure.plainTextRefusal == nil)
    }

    @Test("a client without ALPN is told so")
    func withoutALPN() throws {
        let met = try send(ClientHello(version13: true, protocols: nil).record)
        #expect(met.step.failure?.reason == .noApplicationProtocol)
        #expect(met.answer == [0x15, 3, 3, 0, 2, 2, 120])
    }

    @Test("a client of TLS 1.2 is told the version, not ALPN")
    func oldVersion() throws {
        let met = try send(ClientHello(version13: false, protocols: nil).record)
        #expect(met.step.failure?.reason == .protocolVersion)
        #expect(met.answer.suffix(2) == [2, 70])
        #expect(met.answer.first == 0x15)
    }

    @Test("the hand-made hello is a good one: with ALPN the server goes on")
    func goodHello() throws {
        let met = try send(ClientHello(version13: true, protocols: ["holdfast/1"]).record)
        #expect(met.step == .wantRead)
        #expect(met.answer.first == 0x16)
    }

    @Test("a peer that leaves during the handshake has closed")
    func leaves() throws {
        let wire = Wire()
        var server = try TLSSession(server: Issuer().server(), descriptor: wire.near)
        wire.sendFar(Array(ClientHello(version13: true, protocols: ["x"]).record.prefix(20)))
        #expect(server.handshake() == .wantRead)
        wire.closeFar()
        #expect(server.handshake().failure?.reason == .peerClosed)

        let other = Wire()
        var client = try TLSSession(
            client: Issuer().client(), descriptor: other.near, serverName: "localhost")
        #expect(client.handshake() == .wantRead)
        other.closeFar()
        #expect(client.handshake().failure?.reason == .peerClosed)
    }

    @Test("random first bytes never complete a handshake nor trap")
    func random() throws {
        var generator = SystemRandomNumberGenerator()
        let context = try Issuer().server()
        for round in 0..<300 {
            let wire = Wire()
            var server = try TLSSession(server: context, descriptor: wire.near)
            var bytes = ClientHello(version13: true, protocols: ["holdfast/1"]).record
            for _ in 0..<(1 + round % 8) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] = UInt8.random(in: 0...255, using: &generator)
            }
            wire.sendFar(bytes)
            #expect(server.handshake() != .complete)
        }
    }
}
