import HoldfastTLS
import Testing

@Suite("Development CA")
struct DevelopmentCATests {
    private let folder = Folder()
    private var directory: String { folder["deep/certs"] }

    private func serverContext(_ files: DevelopmentCertificates) throws -> TLSContext {
        try TLSContext(
            server: TLSServerSettings(
                certificateChain: .file(files.server.certificate),
                privateKey: .file(files.server.key),
                clientCA: .file(files.authority.certificate)))
    }

    private func clientContext(
        _ files: DevelopmentCertificates, _ pair: DevelopmentCertificates.Pair
    ) throws -> TLSContext {
        try TLSContext(
            client: TLSClientSettings(
                trustedCA: .file(files.authority.certificate),
                identity: .init(
                    certificateChain: .file(pair.certificate), privateKey: .file(pair.key))))
    }

    @Test("client and administrator reach the server by each of its names")
    func works() throws {
        let files = try DevelopmentCA.ensure(in: directory)
        let server = try serverContext(files)
        for name in ["localhost", "127.0.0.1", "::1"] {
            let met = try Encounter(clientContext(files, files.client), server, name: name)
            #expect(met.identity?.text == "holdfast://dev/client")
        }
        let met = try Encounter(clientContext(files, files.admin), server)
        #expect(met.identity?.text == "holdfast://dev/admin")
    }

    @Test("keys and the directory are for the owner alone")
    func modes() throws {
        _ = try DevelopmentCA.ensure(in: directory)
        #expect(folder.mode("deep/certs") == 0o700)
        for name in ["ca", "server", "client", "admin"] {
            #expect(folder.mode("deep/certs/\(name)-key.pem") == 0o600)
        }
    }

    @Test("what is there and good stays")
    func idempotent() throws {
        #expect(try DevelopmentCA.ensure(in: directory).origin == .made)
        let files = try DevelopmentCA.ensure(in: directory)
        #expect(files.origin == .found)
        let serial = try serverContext(files).facts.leaf?.serial
        _ = try DevelopmentCA.ensure(in: directory)
        #expect(try serverContext(files).facts.leaf?.serial == serial)
    }

    @Test("a damaged or nearly expired leaf is made anew under the same CA")
    func repairsLeaf() throws {
        let files = try DevelopmentCA.ensure(in: directory)
        let authority = try serverContext(files).facts.authority?.serial
        folder.write("deep/certs/server-key.pem", Array("damaged".utf8))
        let made = try CertificateAuthority(
            certificate: .file(files.authority.certificate), key: .file(files.authority.key))
        var brief = try Issuer.clientRequest("holdfast://dev/client")
        brief.validUntilSeconds = 3600
        let issued = try made.issue(brief)
        folder.write("deep/certs/client.pem", issued.certificatePEM)
        folder.write("deep/certs/client-key.pem", issued.keyPEM)
        _ = try DevelopmentCA.ensure(in: directory)
        let facts = try serverContext(files).facts
        #expect(facts.authority?.serial == authority)
        let leaf = try #require(clientContext(files, files.client).facts.leaf)
        let days = (leaf.notAfterMilliseconds - leaf.notBeforeMilliseconds) / 86_400_000
        #expect(days == 90)
    }

    @Test("without its CA's key all is made anew, and what was there put aside")
    func repairsAuthority() throws {
        let files = try DevelopmentCA.ensure(in: directory)
        let before = try serverContext(files).facts
        folder.write("deep/certs/ca-key.pem", [])
        let remade = try DevelopmentCA.ensure(in: directory)
        let old = [folder["deep/certs/ca.pem.old"], folder["deep/certs/ca-key.pem.old"]]
        guard case .replaced(let why, let kept) = remade.origin else {
            Issue.record("\(remade.origin)")
            return
        }
        #expect(kept == old && why.contains("ca-key.pem"), "\(why)")
        let withOld = try TLSContext(
            server: TLSServerSettings(
                certificateChain: .file(files.server.certificate),
                privateKey: .file(files.server.key), clientCA: .file(old[0])))
        #expect(withOld.facts.authority?.serial == before.authority?.serial)
        let after = try serverContext(files).facts
        #expect(after.authority?.serial != before.authority?.serial)
        let met = try Encounter(clientContext(files, files.client), serverContext(files))
        #expect(met.server == .complete)
    }

    @Test("a directory of somebody else, or that cannot be made, is an error")
    func badDirectory() {
        for path in ["/tmp", "/proc/certs", "/dev/null/certs"] {
            let error = #expect(throws: TLSError.self) { try DevelopmentCA.ensure(in: path) }
            #expect(error?.code == .fileUnwritable)
        }
    }

    @Test("names that cannot be are refused")
    func names() throws {
        #expect(throws: TLSError.self) { try SubjectName.uri("no scheme") }
        #expect(throws: TLSError.self) { try SubjectName.dns("a,URI:b") }
        #expect(throws: TLSError.self) { try SubjectName.dns("a.*.b") }
        #expect(throws: TLSError.self) { try SubjectName.address("300.1.1.1") }
        #expect(try SubjectName.host("::1") == SubjectName.address("::1"))
        #expect(try SubjectName.host("*.example") == SubjectName.dns("*.example"))
    }
}
