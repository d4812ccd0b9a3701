import Foundation
import Holdfast
import Testing

@Suite struct ReloadTests {
    private func files(_ directory: String, _ folder: Folder) -> [String] {
        [
            "--tls-certificate", folder["\(directory)/server.pem"],
            "--tls-key", folder["\(directory)/server-key.pem"],
            "--tls-client-ca", folder["\(directory)/ca.pem"],
        ]
    }

    private func echo(_ client: HoldfastClient) async throws {
        let options = CallOptions(timeout: .seconds(60), retries: false)
        let answer = try await client.echo.echo(EchoRequest(payload: [5]), options: options)
        #expect(answer.payload == [5])
    }

    /// Whether a caller with the certificates of `directory` is served on a new connection.
    private func isServed(_ daemon: Daemon, _ directory: String) async throws -> Bool {
        do {
            try await daemon.client(certificates: directory) { try await echo($0) }
            return true
        } catch is RPCError {
            return false
        }
    }

    private func copy(_ from: String, _ folder: Folder) throws {
        for name in ["server.pem", "server-key.pem", "ca.pem"] {
            try folder.write("live/\(name)", folder.read("\(from)/\(name)"))
        }
    }

    @Test func hangUpReplacesCertificateKeyAndCA() async throws {
        let folder = try Folder()
        try Authority("Old").write(to: "old", of: folder)
        try Authority("New").write(to: "new", of: folder)
        try folder.makeDirectory("live")
        try copy("old", folder)
        let arguments = files("live", folder) + ["--tls-reload-interval", "0"]
        try await withDaemon(arguments, folder: folder) { daemon in
            try await daemon.client(certificates: "old") { old in
                try await echo(old)
                try copy("new", folder)
                try await Task.sleep(for: .milliseconds(1200))
                #expect(try await isServed(daemon, "old"), "nobody asked for a reload yet")
                daemon.child.send(SIGHUP)
                try await daemon.logged("certificates replaced")
                try await echo(old)
                #expect(try await isServed(daemon, "new"))
                #expect(try await !isServed(daemon, "old"))
                try await echo(old)
                #expect(try await daemon.metric("holdfast_tls_reloads_total") == 1)
            }
        }
    }

    @Test func aSwappedLinkIsSeen() async throws {
        let folder = try Folder()
        try Authority("Old").write(to: "..1", of: folder)
        try Authority("New").write(to: "..2", of: folder)
        try folder.makeDirectory("live")
        try folder.link("..data", to: "..1")
        for name in ["server.pem", "server-key.pem", "ca.pem"] {
            try folder.link("live/\(name)", to: "../..data/\(name)")
        }
        let arguments = files("live", folder) + ["--tls-reload-interval", "200ms"]
        try await withDaemon(arguments, folder: folder) { daemon in
            #expect(try await isServed(daemon, "..1"))
            try folder.link("..data", to: "..2")
            try await daemon.logged("certificates replaced")
            #expect(try await isServed(daemon, "..2"))
            #expect(try await !isServed(daemon, "..1"))
        }
    }

    @Test func aBrokenKeyChangesNothing() async throws {
        let folder = try Folder()
        try Authority("Old").write(to: "old", of: folder)
        try Authority("New").write(to: "new", of: folder)
        try folder.makeDirectory("live")
        try copy("old", folder)
        let arguments = files("live", folder) + ["--tls-reload-interval", "200ms"]
        try await withDaemon(arguments, folder: folder) { daemon in
            #expect(try await isServed(daemon, "old"))
            let message = "the certificates were not replaced; those in force stay"
            try folder.write("live/server-key.pem", "no key at all\n")
            let line = try await daemon.logged(message)
            #expect(line["error"].contains("server-key.pem"), "\(line)")
            #expect(try await isServed(daemon, "old"))
            // A key that is good and another's.
            try folder.write("live/server-key.pem", folder.read("new/server-key.pem"))
            try await daemon.logged(message, count: 2)
            #expect(try await isServed(daemon, "old"))
            try FileManager.default.removeItem(atPath: folder["live/server-key.pem"])
            try await daemon.logged(message, count: 3)
            try await Task.sleep(for: .milliseconds(500))
            #expect(daemon.lines(message).count == 3, "each change is tried once")
            try copy("new", folder)
            try await daemon.logged("certificates replaced")
            #expect(try await isServed(daemon, "new"))
        }
    }

    /// The table of settings says that the paths themselves can be changed.
    @Test func otherPathsAreTaken() async throws {
        let folder = try Folder()
        try Authority("Old").write(to: "old", of: folder)
        try Authority("New").write(to: "new", of: folder)
        func settings(_ directory: String) -> String {
            """
            [tls]
            certificate = "\(folder["\(directory)/server.pem"])"
            key = "\(folder["\(directory)/server-key.pem"])"
            client_ca = "\(folder["\(directory)/ca.pem"])"
            """
        }
        let file = try folder.write("holdfast.toml", settings("old"))
        try await withDaemon(["--config", file], folder: folder) { daemon in
            #expect(try await isServed(daemon, "old"))
            try folder.write("holdfast.toml", settings("missing"))
            daemon.child.send(SIGHUP)
            try await daemon.logged("the certificates were not replaced; those in force stay")
            #expect(try await isServed(daemon, "old"))
            try folder.write("holdfast.toml", settings("new"))
            daemon.child.send(SIGHUP)
            try await daemon.logged("certificates replaced")
            #expect(try await isServed(daemon, "new"))
            #expect(try await !isServed(daemon, "old"))
        }
    }

    @Test func limitsAreForNewConnections() async throws {
        let folder = try Folder()
        let file = try folder.write("holdfast.toml", "[limits]\nrequest_bytes = \"64KiB\"\n")
        try await withDaemon(["--config", file], folder: folder) { daemon in
            try await daemon.client(as: "admin") { old in
                let large = EchoRequest(payload: [UInt8](repeating: 1, count: 20_000))
                _ = try await old.echo.echo(large)
                try folder.write("holdfast.toml", "[limits]\nrequest_bytes = \"12KiB\"\n")
                daemon.child.send(SIGHUP)
                try await daemon.logged("reloaded") { $0["outcome"] == "settings: replaced" }
                _ = try await old.echo.echo(large)
                let options = CallOptions(timeout: .seconds(60), retries: false)
                let error = await #expect(throws: RPCError.self) {
                    try await daemon.client { new in
                        try await echo(new)
                        _ = try await new.echo.echo(large, options: options)
                    }
                }
                #expect(error?.code == .invalidArgument, "\(String(describing: error))")
                let limits = try await old.admin.listLimits(ListLimitsRequest()).limits
                #expect(limits.first { $0.name == "limits.request_bytes" }?.value == 12_288)
            }
        }
    }

    @Test func aReloadOfTheSameSaysSoInOneLine() async throws {
        try await withDaemon { daemon in
            _ = try await daemon.address()
            daemon.child.send(SIGHUP)
            try await daemon.logged("reloaded") { $0["outcome"] == "nothing has changed" }
            #expect(daemon.lines("reloaded").count == 1)
        }
    }

    @Test func mistakesKeepWhatIsInForce() async throws {
        let folder = try Folder()
        let file = try folder.write("holdfast.toml", "[log]\nlevel = \"info\"\n")
        try await withDaemon(["--config", file], folder: folder) { daemon in
            _ = try await daemon.address()
            try folder.write("holdfast.toml", "[log]\nlevel = \"loud\"\n[lag]\n")
            daemon.child.send(SIGHUP)
            let line = try await daemon.logged("the configuration was not reloaded")
            #expect(line["error"].contains("holdfast.toml:2"), "\(line)")
            #expect(line["error"].contains("[lag]"))
            try folder.write("holdfast.toml", "loops = 3\n[log]\nlevel = \"debug\"\n")
            daemon.child.send(SIGHUP)
            try await daemon.logged("reloaded") { $0["outcome"] == "loops: needs a restart" }
            try await daemon.client(as: "admin") { client in
                let info = try await client.admin.getServerInfo(GetServerInfoRequest())
                #expect(info.loops == 1 && info.logLevel == "debug")
            }
        }
    }
}
