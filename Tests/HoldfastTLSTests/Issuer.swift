import HoldfastTLS

/// A CA made for one test, and contexts of what it signs.
struct Issuer {
    let authority: CertificateAuthority

    init(_ name: String = "Test CA") throws {
        authority = try .makeRoot(commonName: name)
    }

    var trust: PEMSource { get throws { .bytes(try authority.certificatePEM(), label: "ca") } }

    static func request(
        _ names: [SubjectName], _ purpose: CertificateRequest.Purpose
    ) -> CertificateRequest {
        CertificateRequest(commonName: "test", names: names, purpose: purpose)
    }

    func server(
        _ request: CertificateRequest? = nil, clients: Issuer? = nil,
        isRequired: Bool = true, protocols: [String] = ["holdfast/1"]
    ) throws -> TLSContext {
        let request = try request ?? Self.request([.dns("localhost")], .server)
        let issued = try authority.issue(request)
        return try TLSContext(
            server: TLSServerSettings(
                certificateChain: .bytes(issued.certificatePEM, label: "server"),
                privateKey: .bytes(issued.keyPEM, label: "server key"),
                clientCA: try clients?.trust,
                requireClientCertificate: clients != nil && isRequired, protocols: protocols))
    }

    /// A client that trusts this CA and shows a certificate that `signer` makes of `request`.
    func client(
        _ request: CertificateRequest? = nil, signer: Issuer? = nil,
        protocols: [String] = ["holdfast/1"]
    ) throws -> TLSContext {
        var identity: TLSClientSettings.Identity?
        if let request {
            let issued = try (signer ?? self).authority.issue(request)
            identity = .init(
                certificateChain: .bytes(issued.certificatePEM, label: "client"),
                privateKey: .bytes(issued.keyPEM, label: "client key"))
        }
        return try TLSContext(
            client: TLSClientSettings(
                trustedCA: try trust, identity: identity, protocols: protocols))
    }

    static func clientRequest(
        _ uri: String = "holdfast://test/client"
    ) throws -> CertificateRequest {
        request([try .uri(uri)], .client)
    }
}

/// How a handshake between two contexts ends on both sides, and what the client reads next.
struct Encounter {
    let client: HandshakeStep
    let server: HandshakeStep
    let clientRead: TransferStep?
    let identity: PeerIdentity?

    init(_ client: TLSContext, _ server: TLSContext, name: String = "localhost") throws {
        let wire = Wire()
        var near = try TLSSession(client: client, descriptor: wire.near, serverName: name)
        var far = try TLSSession(server: server, descriptor: wire.far)
        let steps = shakeHands(&near, &far)
        self.client = steps.client
        self.server = steps.server
        clientRead = steps.client == .complete ? near.receive().step : nil
        identity = far.peerIdentity
    }
}
