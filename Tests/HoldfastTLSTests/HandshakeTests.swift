import HoldfastTLS
import Testing

@Suite("Handshake")
struct HandshakeTests {
    @Test("without client certificates both sides complete and agree on a protocol")
    func plain() throws {
        let issuer = try Issuer()
        let wire = Wire()
        var client = try TLSSession(
            client: issuer.client(), descriptor: wire.near, serverName: "localhost")
        var server = try TLSSession(server: issuer.server(), descriptor: wire.far)
        let steps = shakeHands(&client, &server)
        #expect(steps.client == .complete)
        #expect(steps.server == .complete)
        let protocols = (client.selectedProtocol, server.selectedProtocol)
        #expect(protocols.0 == "holdfast/1")
        #expect(protocols.1 == "holdfast/1")
        let peers = (client.peerIdentity, server.peerIdentity)
        #expect(peers.0 == nil)
        #expect(peers.1 == nil)
        let serial = client.peerSerial
        #expect(serial?.description.utf8.count == 32)
    }

    @Test("the server's order of protocols decides")
    func protocolOrder() throws {
        let issuer = try Issuer()
        let wire = Wire()
        var client = try TLSSession(
            client: issuer.client(protocols: ["h2", "holdfast/1"]), descriptor: wire.near,
            serverName: "localhost")
        var server = try TLSSession(
            server: issuer.server(protocols: ["holdfast/1", "h2"]), descriptor: wire.far)
        _ = shakeHands(&client, &server)
        let selected = client.selectedProtocol
        #expect(selected == "holdfast/1")
    }

    @Test("no common protocol ends the handshake on both sides")
    func protocolMismatch() throws {
        let issuer = try Issuer()
        let met = try Encounter(
            issuer.client(protocols: ["h2"]), issuer.server(protocols: ["holdfast/1"]))
        #expect(met.server.failure?.reason == .noApplicationProtocol)
        #expect(met.client.failure?.reason == .noApplicationProtocol)
        #expect(met.client.failure?.isFromPeer == true)
        #expect(met.client.failure?.isAuthentication == false)
    }

    @Test("a verified client is known by its URI")
    func mutual() throws {
        let issuer = try Issuer()
        let met = try Encounter(
            issuer.client(Issuer.clientRequest()), issuer.server(clients: issuer))
        #expect(met.client == .complete)
        #expect(met.server == .complete)
        #expect(met.clientRead == .wantRead)
        #expect(met.identity == PeerIdentity(.uri, "holdfast://test/client"))
    }

    @Test("a chain over an intermediate verifies")
    func intermediate() throws {
        let issuer = try Issuer()
        let below = try issuer.authority.makeIntermediate(commonName: "Below")
        let issued = try below.issue(Issuer.clientRequest())
        let client = try TLSContext(
            client: TLSClientSettings(
                trustedCA: issuer.trust,
                identity: .init(
                    certificateChain: .bytes(issued.certificatePEM, label: "chain"),
                    privateKey: .bytes(issued.keyPEM, label: "key"))))
        let met = try Encounter(client, issuer.server(clients: issuer))
        #expect(met.server == .complete)
    }

    @Test("more intermediates than allowed are refused")
    func deepChain() throws {
        let issuer = try Issuer()
        var signer = issuer.authority
        for depth in 0...TLSLimits.chainDepthMax {
            signer = try signer.makeIntermediate(commonName: "Below \(depth)")
        }
        let issued = try signer.issue(Issuer.clientRequest())
        let client = try TLSContext(
            client: TLSClientSettings(
                trustedCA: issuer.trust,
                identity: .init(
                    certificateChain: .bytes(issued.certificatePEM, label: "chain"),
                    privateKey: .bytes(issued.keyPEM, label: "key"))))
        let met = try Encounter(client, issuer.server(clients: issuer))
        let failure = try #require(met.server.failure)
        #expect(failure.isAuthentication)
        #expect(met.clientRead?.failure?.isAuthentication == true)
    }

    @Test("a client without certificate sees the refusal at its first read")
    func certificateRequired() throws {
        let issuer = try Issuer()
        let met = try Encounter(issuer.client(), issuer.server(clients: issuer))
        #expect(met.server.failure?.reason == .certificateRequired)
        #expect(met.client == .complete)
        let late = try #require(met.clientRead?.failure)
        #expect(late.reason == .certificateRequired)
        #expect(late.isFromPeer)
        #expect(late.isAuthentication)
    }

    @Test("a certificate is optional when the settings say so")
    func certificateOptional() throws {
        let issuer = try Issuer()
        let server = try issuer.server(clients: issuer, isRequired: false)
        let anonymous = try Encounter(issuer.client(), server)
        #expect(anonymous.server == .complete)
        #expect(anonymous.identity == nil)
        let known = try Encounter(issuer.client(Issuer.clientRequest()), server)
        #expect(known.identity?.text == "holdfast://test/client")
        let stranger = try Encounter(
            issuer.client(Issuer.clientRequest(), signer: Issuer("Other")), server)
        #expect(stranger.server.failure?.reason == .unknownCA)
    }

    @Test("a client of another CA is refused, late, as unauthenticated")
    func foreignClient() throws {
        let issuer = try Issuer()
        let met = try Encounter(
            issuer.client(Issuer.clientRequest(), signer: Issuer("Other")),
            issuer.server(clients: issuer))
        #expect(met.server.failure?.reason == .unknownCA)
        #expect(met.server.failure?.isFromPeer == false)
        #expect(met.clientRead?.failure?.reason == .unknownCA)
        #expect(met.clientRead?.failure?.isAuthentication == true)
    }

    @Test("a server's certificate may not be used by a client, nor the reverse")
    func purpose() throws {
        let issuer = try Issuer()
        let names = [try SubjectName.uri("holdfast://test/client")]
        #expect(throws: TLSError.self) {
            try issuer.client(Issuer.request(names, .server))
        }
        #expect(throws: TLSError.self) {
            try issuer.server(Issuer.request([.dns("localhost")], .client))
        }
    }

    @Test("a failed session stays failed")
    func staysFailed() throws {
        let issuer = try Issuer()
        let wire = Wire()
        var client = try TLSSession(
            client: issuer.client(), descriptor: wire.near, serverName: "localhost")
        var server = try TLSSession(server: issuer.server(clients: issuer), descriptor: wire.far)
        _ = shakeHands(&client, &server)
        let first = client.receive().step.failure
        let second = client.receive().step.failure
        let third = client.send([1]).failure
        #expect(first?.reason == .certificateRequired)
        #expect(second == first)
        #expect(third == first)
        let again = server.handshake().failure
        #expect(again?.reason == .certificateRequired)
    }
}
