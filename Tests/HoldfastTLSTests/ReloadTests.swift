import HoldfastTLS
import Testing

@Suite("Reload")
struct ReloadTests {
    private let folder = Folder()

    private func put(
        _ issuer: Issuer, in directory: String = ".", clients: Issuer? = nil
    ) throws {
        let made = try issuer.authority.issue(Issuer.request([.dns("localhost")], .server))
        folder.write("\(directory)/server.pem", made.certificatePEM)
        folder.write("\(directory)/server-key.pem", made.keyPEM)
        folder.write(
            "\(directory)/ca.pem", try (clients ?? issuer).authority.certificatePEM())
    }

    private func files(in directory: String = ".") -> TLSServerFiles {
        TLSServerFiles(
            certificateChain: folder["\(directory)/server.pem"],
            privateKey: folder["\(directory)/server-key.pem"],
            clientCA: folder["\(directory)/ca.pem"])
    }

    @Test("a check names everything that is wrong, each once")
    func problems() throws {
        let issuer = try Issuer()
        try put(issuer)
        #expect(files().problems().isEmpty)
        // Each file is good, and the two do not belong together.
        let other = try issuer.authority.issue(Issuer.request([.dns("localhost")], .server))
        folder.write("server-key.pem", other.keyPEM)
        #expect(files().problems().map(\.code) == [.keyMismatch])
        folder.write("server-key.pem", [])
        folder.write("ca.pem", Array("no PEM".utf8))
        #expect(files().problems().map(\.code) == [.notPEM, .notPEM])
        let none = files(in: "none").problems()
        #expect(none.map(\.code) == [.fileUnreadable, .fileUnreadable, .fileUnreadable])
        for (problem, file) in zip(none, ["server.pem", "server-key.pem", "ca.pem"]) {
            #expect(problem.message.contains("/none/\(file)"))
        }
    }

    @Test("a new certificate is for new connections; the same one changes nothing")
    func replaces() throws {
        let issuer = try Issuer()
        try put(issuer)
        let reloader = try TLSReloader(serverFiles: files())
        let first = reloader.current
        #expect(!reloader.filesChanged())
        #expect(reloader.reload() == .unchanged)
        #expect(reloader.generation == 0)

        try put(issuer)
        #expect(reloader.filesChanged())
        #expect(reloader.reload() == .replaced(reloader.current.facts))
        #expect(reloader.generation == 1)
        #expect(reloader.current !== first)
        #expect(reloader.current.facts.leaf?.serial != first.facts.leaf?.serial)
        #expect(!reloader.filesChanged())
        let client = try issuer.client(Issuer.clientRequest())
        #expect(try Encounter(client, reloader.current).server == .complete)
        #expect(try Encounter(client, first).server == .complete)
    }

    @Test("a connection outlives the context it began with")
    func runningConnection() throws {
        let issuer = try Issuer()
        try put(issuer)
        let reloader = try TLSReloader(serverFiles: files())
        let wire = Wire()
        var client = try TLSSession(
            client: issuer.client(Issuer.clientRequest()), descriptor: wire.near,
            serverName: "localhost")
        var server = try TLSSession(server: reloader.current, descriptor: wire.far)
        _ = client.handshake()
        try put(issuer)
        #expect(reloader.reload() != .unchanged)
        let steps = shakeHands(&client, &server)
        #expect(steps.server == .complete)
    }

    @Test("a change of the clients' CA counts as well")
    func authority() throws {
        let issuer = try Issuer()
        let other = try Issuer("Other")
        try put(issuer)
        let reloader = try TLSReloader(serverFiles: files())
        let client = try issuer.client(Issuer.clientRequest(), signer: other)
        #expect(try Encounter(client, reloader.current).server.failure?.reason == .unknownCA)
        folder.write("ca.pem", try other.authority.certificatePEM())
        #expect(reloader.reload() != .unchanged)
        #expect(try Encounter(client, reloader.current).server == .complete)
    }

    @Test("a key that does not match leaves the old context in use, until it does")
    func keepsOld() throws {
        let issuer = try Issuer()
        try put(issuer)
        let reloader = try TLSReloader(serverFiles: files())
        let first = reloader.current
        let made = try issuer.authority.issue(Issuer.request([.dns("localhost")], .server))
        folder.write("server.pem", made.certificatePEM)
        guard case .kept(let error) = reloader.reload() else {
            Issue.record("The reload should have failed.")
            return
        }
        #expect(error.code == .keyMismatch)
        #expect(reloader.current === first)
        #expect(reloader.generation == 0)
        // Tried once; only a further change is a reason to try again.
        #expect(!reloader.filesChanged())
        folder.write("server-key.pem", made.keyPEM)
        #expect(reloader.filesChanged())
        #expect(reloader.reload() == .replaced(reloader.current.facts))
        #expect(reloader.generation == 1)
    }

    @Test("a missing, a damaged and an expired file keep the old context")
    func badFiles() throws {
        let issuer = try Issuer()
        try put(issuer)
        let reloader = try TLSReloader(serverFiles: files())
        var request = Issuer.request([try .dns("localhost")], .server)
        request.validFromSeconds = -1000
        request.validUntilSeconds = -500
        let expired = try issuer.authority.issue(request)
        folder.write("server.pem", expired.certificatePEM)
        folder.write("server-key.pem", expired.keyPEM)
        #expect(code(reloader.reload()) == .certificateExpired)
        folder.write("ca.pem", [])
        try put(issuer)
        folder.write("ca.pem", Array("-----BEGIN CERTIFICATE-----\nAAAA".utf8))
        #expect(code(reloader.reload()) == .notPEM)
        folder.link("server.pem", to: "/nonexistent")
        #expect(reloader.filesChanged())
        #expect(code(reloader.reload()) == .fileUnreadable)
        #expect(reloader.generation == 0)
    }

    /// Whoever signs may have a clock that is ahead, and nothing in the files changes any more.
    @Test("a certificate that is not valid yet is tried again until it is", .timeLimit(.minutes(5)))
    func validSoon() async throws {
        let issuer = try Issuer()
        try put(issuer)
        let reloader = try TLSReloader(serverFiles: files())
        var request = Issuer.request([try .dns("localhost")], .server)
        request.validFromSeconds = 3
        let made = try issuer.authority.issue(request)
        folder.write("server.pem", made.certificatePEM)
        folder.write("server-key.pem", made.keyPEM)
        var attempts = 0
        while reloader.generation == 0 {
            try #require(reloader.filesChanged(), "after \(attempts) attempts")
            let outcome = reloader.reload()
            if case .kept(let error) = outcome { #expect(error.code == .certificateNotYetValid) }
            attempts += 1
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(attempts > 1)
        #expect(!reloader.filesChanged())
    }

    /// As when a key is copied first and given to the server's user after.
    @Test("a change of who may read a file is a change")
    func permissions() throws {
        try put(try Issuer())
        let reloader = try TLSReloader(serverFiles: files())
        #expect(!reloader.filesChanged())
        folder.setMode("server-key.pem", 0o640)
        #expect(reloader.filesChanged())
    }

    /// Nobody may write into it, ever, and whoever reloads has other things to do.
    @Test("a pipe is refused and not waited for", .timeLimit(.minutes(5)))
    func pipe() throws {
        try put(try Issuer())
        let reloader = try TLSReloader(serverFiles: files())
        folder.makePipe("pipe")
        for name in ["server.pem", "server-key.pem", "ca.pem"] {
            folder.link(name, to: folder["pipe"])
            #expect(code(reloader.reload()) == .fileUnreadable)
        }
        #expect(reloader.generation == 0)
    }

    private func code(_ outcome: ReloadOutcome) -> TLSError.Code? {
        if case .kept(let error) = outcome { return error.code }
        return nil
    }

    @Test("the swap of a link to a directory is seen, as Kubernetes does it")
    func linkSwap() throws {
        let issuer = try Issuer()
        for directory in ["one", "two"] {
            folder.makeDirectory(directory)
            try put(issuer, in: directory)
        }
        folder.link("data", to: "one")
        let reloader = try TLSReloader(serverFiles: files(in: "data"))
        let first = reloader.current.facts.leaf?.serial
        #expect(!reloader.filesChanged())
        folder.link("data", to: "two")
        #expect(reloader.filesChanged())
        #expect(reloader.reload() != .unchanged)
        #expect(reloader.current.facts.leaf?.serial != first)
    }

    @Test("a swap to files of the same size and age is seen, and says nothing new")
    func equalSwap() throws {
        folder.makeDirectory("one")
        try put(Issuer(), in: "one")
        folder.copy("one", to: "two")
        folder.link("data", to: "one")
        let reloader = try TLSReloader(serverFiles: files(in: "data"))
        folder.link("data", to: "two")
        #expect(reloader.filesChanged())
        #expect(reloader.reload() == .unchanged)
        #expect(!reloader.filesChanged())
    }

    @Test("a client's material reloads too; half an identity is an error")
    func client() throws {
        let issuer = try Issuer()
        folder.write("ca.pem", try issuer.authority.certificatePEM())
        let reloader = try TLSReloader(clientFiles: TLSClientFiles(trustedCA: folder["ca.pem"]))
        #expect(reloader.current.role == .client)
        folder.write("ca.pem", try Issuer("Other").authority.certificatePEM())
        #expect(reloader.reload() != .unchanged)
        let error = #expect(throws: TLSError.self) {
            try TLSReloader(
                clientFiles: TLSClientFiles(
                    trustedCA: nil, certificateChain: folder["ca.pem"]))
        }
        #expect(error?.code == .invalidSettings)
    }
}
