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
            let words = daemon.folder.read("log").components(separatedBy: "serving address=")
            let address = words.last?.split(separator: " ").first.map(String.init) ?? ""
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

    /// A number that a program is started without must not be given to a socket, which would then
    /// get the log.
    @Test func closedStreamsAreFilled() async throws {
        try await withDaemon(setup: "exec 0<&- 1>&- 2>&-") { daemon in
            for number in 0...2 {
                try await eventually("descriptor \(number) leads nowhere") {
                    let link = "/proc/\(daemon.child.pid)/fd/\(number)"
                    let target = try? FileManager.default.destinationOfSymbolicLink(atPath: link)
                    return target == "/dev/null"
                }
            }
        }
    }

    /// Whoever collects the log may hang: callers are served, operators are not, and all is well
    /// again when it reads on.
    @Test func aLogThatNobodyReads() async throws {
        let folder = try Folder()
        guard unsafe mkfifo(folder["log"], 0o600) == 0 else { throw Failure("no fifo") }
        let pipe = unsafe open(folder["log"], O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        defer { close(pipe) }
        var text = ""
        func drain() -> String {
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            let size = unsafe read(pipe, &bytes, bytes.count)
            if size > 0 { text += String(decoding: bytes.prefix(size), as: UTF8.self) }
            return text
        }
        try await withDaemon(folder: folder) { daemon in
            let line = try await eventually("it serves") {
                drain().split(separator: "\n").compactMap { LogLine($0) }
                    .first { $0.message == "serving" }
            }
            let configuration = ChannelConfiguration(
                endpoints: [try Endpoint(line["address"])],
                trustedCA: folder["holdfast-data/dev-ca/ca.pem"],
                certificate: folder["holdfast-data/dev-ca/admin.pem"],
                privateKey: folder["holdfast-data/dev-ca/admin-key.pem"])
            try await withHoldfast(configuration) { client in
                let options = CallOptions(timeout: .seconds(120), retries: false)
                func isAudited() async -> Bool {
                    let request = GetServerInfoRequest()
                    return (try? await client.admin.getServerInfo(request, options: options)) != nil
                }
                var calls = 0
                while calls < 20_000, await isAudited() { calls += 1 }
                #expect(calls > 100 && calls < 20_000)
                _ = try await client.echo.echo(EchoRequest(payload: [1]), options: options)
                try await eventually("operators are heard again") {
                    _ = drain()
                    return await isAudited()
                }
            }
        }
    }
}
