import HoldfastBase
import HoldfastNode
import HoldfastRedis
import HoldfastServer
import HoldfastTLS
import Testing

/// The ways to a node, and being let in.
@Suite("Way to a node", .timeLimit(.minutes(8)), .serialized)
struct WayTests {
    @Test("TCP: facts, and calls answered in their order")
    func plain() async throws {
        let node = try await RedisNode(["--appendonly", "yes", "--appendfsync", "always"])
        try node.command("SET", "gate", "open")
        let probe = try Probe(port: node.port)
        let facts = try await probe.ready()
        #expect(facts.role == .master)
        #expect(facts.persistence == .always)
        #expect(facts.maxmemoryPolicy == "noeviction")
        #expect(facts.maxmemoryBytes == 0)
        #expect(facts.gate == Array("open".utf8))
        #expect(facts.runID?.count == 40 && facts.replicationID?.count == 40)
        #expect(facts.redisVersion?.isEmpty == false)
        #expect(facts.timeMicroseconds > 1_600_000_000_000_000)
        let tags = (0..<2000).map { ($0, probe.begin(.echo, "\($0)")) }
        for (number, tag) in tags {
            #expect(try await probe.result(of: tag).text == "\(number)")
        }
        #expect(try node.command("CLIENT", "LIST").contains("name=holdfastd"))
        let again = try await probe.refreshed()
        #expect(again.runID == facts.runID)
        #expect(again.timeMicroseconds >= facts.timeMicroseconds)
        probe.end()
        try await probe.closed(.stopped)
    }

    @Test("large arguments, in both directions, in pieces")
    func large() async throws {
        let node = try await RedisNode()
        let probe = try Probe(port: node.port)
        _ = try await probe.ready()
        let text = String(repeating: "0123456789abcdef", count: 60_000)
        let tags = (0..<5).map { _ in probe.begin(.echo, text) }
        for tag in tags {
            #expect(try await probe.result(of: tag).text?.utf8.count == text.utf8.count)
        }
    }

    @Test("a Unix socket")
    func unix() async throws {
        let node = try await RedisNode(["--unixsocket", "DIR/redis.sock"], isTCP: false)
        let address = try #require(NodeAddress("unix:\(node.socketPath)"))
        let probe = try Probe(NodeEndpoint(address: address))
        _ = try await probe.ready()
        #expect(try await probe.run(.echo, "x").text == "x")
        let missing = try Probe(
            NodeEndpoint(address: try #require(NodeAddress("unix:\(node.folder["none"])"))))
        guard case .notConnected = try await missing.closed() else {
            Issue.record("connected to nothing")
            return
        }
    }

    @Test("a host name is looked up")
    func named() async throws {
        let node = try await RedisNode()
        let address = NodeAddress(
            place: .host("localhost", port: UInt16(node.port)), usesTLS: false)
        let probe = try Probe(NodeEndpoint(address: address))
        _ = try await probe.ready()
        let lost = try Probe(
            NodeEndpoint(address: NodeAddress(place: .host("no.invalid", port: 1), usesTLS: false)))
        guard case .notConnected = try await lost.closed() else {
            Issue.record("connected to nothing")
            return
        }
    }

    @Test("a user with a password from a file, and rules that forbid CONFIG")
    func user() async throws {
        let node = try await RedisNode()
        try node.command(
            "ACL", "SETUSER", "holdfast", "on", ">right", "~*", "&*", "+@all", "-config")
        let path = try node.folder.write("secret", "wrong\n")
        let endpoint = NodeEndpoint(
            address: NodeAddress(
                place: .host("127.0.0.1", port: UInt16(node.port)), usesTLS: false),
            user: "holdfast", secret: .file(path))
        let probe = try Probe(endpoint)
        try await probe.closed(.refused(.wrongPassword))
        try node.folder.write("secret", "right\n")
        let facts = try await probe.ready()
        #expect(facts.persistence == NodePersistence.none)
        #expect(facts.maxmemoryPolicy == "noeviction")
        #expect(try await probe.run(.write, "x").text == "x")
        // The rules of the user change while we are connected.
        try node.command("ACL", "SETUSER", "holdfast", "-evalsha")
        #expect(try await probe.run(.echo, "x").failure == .noPermission)
        try node.command("ACL", "SETUSER", "holdfast", "+evalsha", "-set")
        #expect(try await probe.run(.write, "x").failure == .noPermission)
        // The user is deleted: the node ends its connections.
        try node.command("ACL", "DELUSER", "holdfast")
        try await probe.closed(.refused(.wrongPassword))
        try node.folder.write("secret", "new")
        try node.command("ACL", "SETUSER", "holdfast", "on", ">new", "~*", "&*", "+@all")
        _ = try await probe.ready()
    }

    @Test("without a password where one is asked for, and with one where none is")
    func password() async throws {
        let node = try await RedisNode(["--requirepass", "secret"])
        let bare = try Probe(port: node.port)
        try await bare.closed(.refused(.notAuthenticated))
        let open = try await RedisNode()
        let path = try open.folder.write("secret", "x")
        let probe = try Probe(
            NodeEndpoint(
                address: NodeAddress(
                    place: .host("127.0.0.1", port: UInt16(open.port)), usesTLS: false),
                secret: .file(path)))
        try await probe.closed(.refused(.wrongPassword))
        let absent = try Probe(
            NodeEndpoint(
                address: NodeAddress(
                    place: .host("127.0.0.1", port: UInt16(open.port)), usesTLS: false),
                secret: .environment("HOLDFAST_NO_SUCH_VARIABLE")))
        guard case .notConnected(let text) = try await absent.closed() else {
            Issue.record("let in")
            return
        }
        #expect(text.contains("HOLDFAST_NO_SUCH_VARIABLE"))
    }

    @Test("TLS with a client's certificate; wrong CA, name and missing certificate are refused")
    func tls() async throws {
        let folder = try Folder()
        let ca = try CertificateAuthority.makeRoot(commonName: "nodes")
        let server = try ca.issue(
            CertificateRequest(
                commonName: "node", names: [try .dns("localhost"), try .address("127.0.0.1")],
                purpose: .server))
        let client = try ca.issue(
            CertificateRequest(
                commonName: "us", names: [try .uri("holdfast://test/server")], purpose: .client))
        let files = [
            "ca.pem": try ca.certificatePEM(), "server.pem": server.certificatePEM,
            "server.key": server.keyPEM, "client.pem": client.certificatePEM,
            "client.key": client.keyPEM,
            "other.pem": try CertificateAuthority.makeRoot(commonName: "x").certificatePEM(),
        ]
        for (name, bytes) in files {
            try folder.write(name, String(decoding: bytes, as: UTF8.self))
        }
        let node = try await RedisNode(
            [
                "--tls-port", "PORT", "--tls-cert-file", folder["server.pem"], "--tls-key-file",
                folder["server.key"], "--tls-ca-cert-file", folder["ca.pem"],
                "--tls-auth-clients", "yes",
            ], isTCP: false)
        let place = NodeAddress.Place.host("127.0.0.1", port: UInt16(node.port))
        func probe(
            ca: String = "ca.pem", name: String? = nil, shows: Bool = true
        ) throws -> Probe {
            try Probe(
                NodeEndpoint(
                    address: NodeAddress(place: place, usesTLS: true),
                    context: try NodeEndpoint.context(
                        trustedCA: folder[ca], certificate: shows ? folder["client.pem"] : nil,
                        key: shows ? folder["client.key"] : nil),
                    serverName: name))
        }
        for name in [nil, "localhost"] as [String?] {
            let good = try probe(name: name)
            _ = try await good.ready()
            let text = String(repeating: "x", count: 300_000)
            let tags = (0..<20).map { _ in good.begin(.echo, text) }
            for tag in tags {
                #expect(try await good.result(of: tag).text?.utf8.count == text.utf8.count)
            }
        }
        for bad in [try probe(ca: "other.pem"), try probe(name: "elsewhere")] {
            guard case .notConnected = try await bad.closed() else {
                Issue.record("connected")
                continue
            }
        }
        // In TLS 1.3 the client hears of it only after its own handshake.
        switch try await probe(shows: false).closed() {
        case .notConnected, .broken, .closedByNode: break
        case let reason: Issue.record("\(reason)")
        }
        let plain = try Probe(port: node.port)
        switch try await plain.closed() {
        case .broken, .closedByNode, .violation: break
        case let reason: Issue.record("\(reason)")
        }
    }

    @Test("addresses are read and written")
    func addresses() {
        for text in ["127.0.0.1:6379", "tls://redis-1:6380", "[::1]:1", "unix:/run/redis.sock"] {
            #expect(NodeAddress(text)?.description == text)
        }
        for text in [
            "", "redis", "redis:0", "redis:x", "unix:", "unix:relative", "tls://", "http://a:1",
            "unix:/" + String(repeating: "x", count: 200),
        ] {
            #expect(NodeAddress(text) == nil)
        }
    }
}
