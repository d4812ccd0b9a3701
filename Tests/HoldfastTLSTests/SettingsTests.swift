import HoldfastTLS
import Testing

/// Each mistake in a configuration is named, with the file it is in.
@Suite("Settings")
struct SettingsTests {
    private func issued(
        _ change: (inout CertificateRequest) throws -> Void = { _ in }
    ) throws -> IssuedCertificate {
        var request = try Issuer.request([.dns("localhost")], .server)
        try change(&request)
        return try Issuer().authority.issue(request)
    }

    private func error(
        chain: [UInt8], key: [UInt8], clientCA: PEMSource? = nil, isRequired: Bool = false
    ) -> TLSError? {
        #expect(throws: TLSError.self) {
            try TLSContext(
                server: TLSServerSettings(
                    certificateChain: .bytes(chain, label: "CHAIN.pem"),
                    privateKey: .bytes(key, label: "KEY.pem"), clientCA: clientCA,
                    requireClientCertificate: isRequired))
        }
    }

    @Test("a missing file is named")
    func missingFile() {
        let path = "/nonexistent/server.pem"
        let error = #expect(throws: TLSError.self) {
            try TLSContext(
                server: TLSServerSettings(
                    certificateChain: .file(path), privateKey: .file(path),
                    requireClientCertificate: false))
        }
        #expect(error?.code == .fileUnreadable)
        #expect(error?.message.contains(path) == true)
        #expect(error?.detail == "No such file or directory")
    }

    @Test("a directory or a huge file is no PEM")
    func strangeFiles() throws {
        let folder = Folder()
        let huge = [UInt8](repeating: 65, count: TLSLimits.pemFileBytesMax + 1)
        folder.write("huge.pem", huge)
        for (path, code) in [
            (folder.path, TLSError.Code.fileUnreadable), (folder["huge.pem"], .fileTooLarge),
            ("/dev/null", .notPEM),
        ] {
            let error = #expect(throws: TLSError.self) {
                try TLSContext(client: TLSClientSettings(trustedCA: .file(path)))
            }
            #expect(error?.code == code)
        }
        let made = try issued()
        #expect(error(chain: huge, key: made.keyPEM)?.code == .fileTooLarge)
    }

    @Test("text that is not PEM, a damaged block, a key where a certificate belongs")
    func notPEM() throws {
        let made = try issued()
        let none = try #require(error(chain: Array("hello".utf8), key: made.keyPEM))
        #expect(none.code == .notPEM)
        #expect(none.message.contains("CHAIN.pem"))
        #expect(error(chain: made.keyPEM, key: made.keyPEM)?.code == .notPEM)
        #expect(error(chain: made.certificatePEM, key: made.certificatePEM)?.code == .notPEM)
        var damaged = made.certificatePEM
        damaged[damaged.count / 2] = 0x21
        #expect(error(chain: damaged, key: made.keyPEM)?.code == .notPEM)
        let second = made.certificatePEM + damaged
        #expect(error(chain: second, key: made.keyPEM)?.message.contains("damaged") == true)
    }

    @Test("another certificate's key")
    func keyMismatch() throws {
        let error = try error(chain: issued().certificatePEM, key: issued().keyPEM)
        #expect(error?.code == .keyMismatch)
        #expect(error?.message.contains("KEY.pem") == true)
    }

    @Test("a key with a passphrase, in either form, without asking for one")
    func encryptedKey() throws {
        let made = try issued()
        for text in [
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
            "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n",
        ] {
            let error = error(chain: made.certificatePEM, key: Array(text.utf8))
            #expect(error?.code == .keyEncrypted)
        }
    }

    @Test("expired, and not valid yet")
    func validity() throws {
        let expired = try issued {
            $0.validFromSeconds = -200_000
            $0.validUntilSeconds = -100_000
        }
        let error = error(chain: expired.certificatePEM, key: expired.keyPEM)
        #expect(error?.code == .certificateExpired)
        #expect(error?.message.contains("27 hours ago") == true)
        let early = try issued { $0.validFromSeconds = 10_000 }
        let other = self.error(chain: early.certificatePEM, key: early.keyPEM)
        #expect(other?.code == .certificateNotYetValid)
    }

    @Test("a peer's expired certificate is named on both ends")
    func expiredPeer() async throws {
        let issuer = try Issuer()
        // Contexts refuse what is expired, so this one expires after it is loaded.
        var brief = try Issuer.clientRequest()
        brief.validUntilSeconds = 8
        let client = try issuer.client(brief)
        var briefServer = try Issuer.request([.dns("localhost")], .server)
        briefServer.validUntilSeconds = 8
        let server = try issuer.server(briefServer)
        try await Task.sleep(for: .milliseconds(9100))
        let met = try Encounter(client, issuer.server(clients: issuer))
        #expect(met.server.failure?.reason == .certificateExpired)
        #expect(met.clientRead?.failure?.reason == .certificateExpired)
        #expect(met.clientRead?.failure?.isAuthentication == true)
        let other = try Encounter(issuer.client(), server)
        #expect(other.client.failure?.reason == .certificateExpired)
        #expect(other.server.failure?.reason == .certificateExpired)
    }

    @Test("a chain that is not leaf first, or too long")
    func chainOrder() throws {
        let issuer = try Issuer()
        let below = try issuer.authority.makeIntermediate(commonName: "Below")
        let made = try below.issue(Issuer.request([.dns("localhost")], .server))
        let stranger = try Issuer("Other").authority.certificatePEM()
        let wrong = error(chain: made.certificatePEM + stranger, key: made.keyPEM)
        #expect(wrong?.code == .chainOutOfOrder)
        let long = (0...TLSLimits.chainCertificatesMax).flatMap { _ in made.certificatePEM }
        #expect(error(chain: long, key: made.keyPEM)?.code == .tooManyCertificates)
    }

    @Test("certificates required of clients without a CA to check them")
    func requiredWithoutCA() throws {
        let made = try issued()
        let error = error(chain: made.certificatePEM, key: made.keyPEM, isRequired: true)
        #expect(error?.code == .invalidSettings)
    }

    @Test("facts tell validity, serial and name")
    func facts() throws {
        let context = try Issuer().server()
        let leaf = try #require(context.facts.leaf)
        let days = (leaf.notAfterMilliseconds - leaf.notBeforeMilliseconds) / 86_400_000
        #expect(days == 90)
        #expect(leaf.serial.utf8.count == 32)
        #expect(leaf.identity == PeerIdentity(.dns, "localhost"))
        #expect(context.facts.authority == nil)
    }

    @Test("the system's certificates are trusted when no CA is named")
    func systemTrust() throws {
        let context = try TLSContext(client: TLSClientSettings())
        let met = try Encounter(context, Issuer().server())
        #expect(met.client.failure?.reason == .unknownCA)
    }
}
