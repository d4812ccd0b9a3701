import HoldfastTLS
import Testing

@Suite("Server name")
struct ServerNameTests {
    @Test("a name the certificate does not have is refused by the client")
    func mismatch() throws {
        let issuer = try Issuer()
        let met = try Encounter(issuer.client(), issuer.server(), name: "elsewhere.example")
        #expect(met.client.failure?.reason == .nameMismatch)
        #expect(met.client.failure?.isFromPeer == false)
        #expect(met.client.failure?.isAuthentication == true)
        #expect(met.server.failure?.isFromPeer == true)
    }

    @Test("addresses are matched as addresses", arguments: ["127.0.0.1", "::1", "[::1]"])
    func addresses(name: String) throws {
        let issuer = try Issuer()
        let names: [SubjectName] = [try .address("127.0.0.1"), try .address("::1")]
        let server = try issuer.server(Issuer.request(names, .server))
        #expect(try Encounter(issuer.client(), server, name: name).client == .complete)
    }

    @Test("another address is refused")
    func otherAddress() throws {
        let issuer = try Issuer()
        let server = try issuer.server(Issuer.request([.address("127.0.0.1")], .server))
        let met = try Encounter(issuer.client(), server, name: "127.0.0.2")
        #expect(met.client.failure?.reason == .nameMismatch)
    }

    @Test("the common name does not count")
    func commonName() throws {
        let issuer = try Issuer()
        var request = Issuer.request([], .server)
        request.commonName = "localhost"
        let met = try Encounter(issuer.client(), issuer.server(request))
        #expect(met.client.failure?.reason == .nameMismatch)
    }

    @Test(
        "names that would not be checked as meant are errors",
        arguments: ["", "[]", ".example.com", "a\0b", "ex ample", "ä.example", "a/b"])
    func invalid(name: String) throws {
        let issuer = try Issuer()
        let context = try issuer.client()
        let wire = Wire()
        let error = #expect(throws: TLSError.self) {
            _ = try TLSSession(client: context, descriptor: wire.near, serverName: name)
        }
        #expect(error?.code == .invalidServerName)
    }

    @Test("a server of an unknown CA is refused by the client")
    func unknownCA() throws {
        let met = try Encounter(Issuer().client(), Issuer("Other").server())
        #expect(met.client.failure?.reason == .unknownCA)
        #expect(met.server.failure?.reason == .unknownCA)
        #expect(met.server.failure?.isFromPeer == true)
    }
}
