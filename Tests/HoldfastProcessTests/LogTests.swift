import Foundation
import Holdfast
import Testing

@Suite struct LogTests {
    @Test func jsonIsOneObjectALine() async throws {
        try await withDaemon { daemon in
            _ = try await daemon.address()
            let lines = daemon.folder.read("log").split(separator: "\n")
            #expect(lines.count == daemon.log.count && lines.count >= 3)
            for line in daemon.log {
                #expect(!line["ts"].isEmpty && !line["component"].isEmpty && !line.message.isEmpty)
            }
            #expect(daemon.folder.read("out").isEmpty)
        }
    }

    @Test func textWhenAsked() async throws {
        try await withDaemon(["--log-format", "text", "--log-level", "notice"]) { daemon in
            let line = try await eventually("the serving line") {
                daemon.folder.read("log").split(separator: "\n")
                    .first { $0.contains(" NOTICE  server: serving address=127.0.0.1:") }
            }
            #expect(line.contains(" tls=\"OpenSSL "))
            #expect(daemon.log.isEmpty, "no JSON")
        }
    }

    @Test func autoIsJSONWhereNobodyLooks() async throws {
        try await withDaemon(["--log-format", "auto"]) { daemon in
            _ = try await daemon.address()
        }
    }

    /// What a peer sends or names cannot make up a line of the log.
    @Test func linesCannotBeForged() async throws {
        try await withDaemon(["--log-format", "text"]) { daemon in
            try await eventually("it serves") { daemon.folder.read("log").contains("serving") }
            let address = daemon.folder.read("log").components(separatedBy: "serving address=")
                .last?.split(separator: " ").first.map(String.init) ?? ""
            let configuration = ChannelConfiguration(
                endpoints: [try Endpoint(address)],
                trustedCA: daemon.folder["holdfast-data/dev-ca/ca.pem"],
                certificate: daemon.folder["holdfast-data/dev-ca/admin.pem"],
                privateKey: daemon.folder["holdfast-data/dev-ca/admin-key.pem"])
            try await withHoldfast(configuration) { client in
                _ = try await client.admin.drain(
                    DrainRequest(graceMs: 10, reason: "a\nFORGED\u{1B}[2J \"b\" c=d"))
            }
            #expect(try await daemon.child.ended() == .code(0))
            let log = daemon.folder.read("log")
            #expect(log.contains("draining reason=") && !log.contains("\nFORGED"))
            #expect(!log.contains("\u{1B}"))
        }
    }
}
