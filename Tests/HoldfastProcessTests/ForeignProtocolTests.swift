import Foundation
import Holdfast
import Testing

@Suite struct ForeignProtocolTests {
    /// OpenSSL knows the first of these methods, and not the second.
    @Test(arguments: [("GET", "http_request"), ("DELETE", "not_tls")])
    func plainHTTPGetsAReadableRefusal(_ method: String, _ reason: String) async throws {
        try await withDaemon { daemon in
            let answer = try HTTPAnswer(
                await PlainSocket(try await daemon.address()).exchange(
                    "\(method) / HTTP/1.1\r\nHost: here\r\n\r\n"))
            #expect(answer.status == 400 && answer.body.contains("TLS"))
            // A line for terminals, and as long as it says.
            #expect(answer.body.hasSuffix("client\r\n"), "\(answer.body)")
            #expect(answer.field("content-length") == "\(answer.body.utf8.count)")
            let line = try await daemon.logged("TLS handshake failed")
            #expect(line["reason"] == reason && line["peer"].hasPrefix("127.0.0.1:"))
            #expect(
                try await daemon.metric(
                    "holdfast_tls_handshake_failures_total{reason=\"\(reason)\"}") == 1)
        }
    }

    @Test func noiseIsClosedAndCounted() async throws {
        try await withDaemon { daemon in
            let address = try await daemon.address()
            let greeting = Array("SSH-2.0-OpenSSH_9\r\n".utf8)
            for noise in [[UInt8](repeating: 0xFF, count: 4000), greeting] {
                let socket = try PlainSocket(address)
                socket.send(noise)
                #expect(await socket.finish().end != .timeout)
            }
            try await daemon.logged("TLS handshake failed", count: 2)
            try await daemon.client { _ = try await $0.echo.echo(EchoRequest(payload: [1])) }
        }
    }

    /// Fewer bytes than the header of a record are not enough for OpenSSL to know.
    @Test(arguments: [true, false])
    func aFewBytesGetAReadableRefusal(closesItsHalf: Bool) async throws {
        try await withDaemon(["--limits-handshake-timeout", "1s"]) { daemon in
            let socket = try PlainSocket(try await daemon.address())
            socket.send("QUIT")
            if closesItsHalf { socket.closeHalf() }
            let answer = PlainSocketResult(await socket.finish())
            #expect(answer.text.contains("speaks TLS 1.3 only"), "\(answer.text)")
            // Who has said nothing, or begins like TLS, is told nothing that TLS would trip over.
            let silent = try PlainSocket(try await daemon.address())
            #expect(await silent.finish().bytes.isEmpty)
            let slow = try PlainSocket(try await daemon.address())
            slow.send([0x16, 3, 1, 2, 0, 1])
            if closesItsHalf { slow.closeHalf() }
            #expect(await slow.finish().bytes.isEmpty)
        }
    }

    @Test(arguments: [
        ("", "no_application_protocol", "alert no application protocol"),
        ("-alpn http/1.1", "no_application_protocol", "alert no application protocol"),
        ("-alpn holdfast/1 -tls1_2", "protocol_version", "alert protocol version"),
    ])
    func wrongTLSIsToldWhy(_ options: String, _ reason: String, _ alert: String) async throws {
        try await withDaemon { daemon in
            let address = try await daemon.address()
            let said = try await openssl(daemon.folder, "-connect \(address) \(options)")
            #expect(said.contains(alert), "\(said)")
            let line = try await daemon.logged("TLS handshake failed")
            #expect(line["reason"] == reason, "\(line)")
        }
    }

    @Test func aCallerWithoutCertificateIsRefused() async throws {
        try await withDaemon { daemon in
            var configuration = try await daemon.configuration()
            configuration.certificate = nil
            configuration.privateKey = nil
            let error = await #expect(throws: RPCError.self) {
                try await withHoldfast(configuration) { client in
                    try await client.echo.echo(EchoRequest(payload: [1]))
                }
            }
            #expect(error?.code == .unauthenticated, "\(String(describing: error))")
            let line = try await daemon.logged("TLS handshake failed")
            #expect(line["reason"] == "certificate_required", "\(line)")
        }
    }

    @Test func certificatesCanBeOptional() async throws {
        try await withDaemon(["--tls-require-client-certificate", "false"]) { daemon in
            var configuration = try await daemon.configuration()
            configuration.certificate = nil
            configuration.privateKey = nil
            try await withHoldfast(configuration) { client in
                let info = try await client.admin.getServerInfo(GetServerInfoRequest())
                #expect(info.callerIdentity.isEmpty)
            }
        }
    }

    private func openssl(_ folder: Folder, _ options: String) async throws -> String {
        let ca = folder["holdfast-data/dev-ca/ca.pem"]
        let child = try Child(
            ["/bin/sh", "-c", "openssl s_client -CAfile \(ca) \(options)"],
            environment: ["PATH": "/usr/bin:/bin"], in: folder.path, output: folder["ssl"],
            errors: folder["ssl"])
        _ = try await child.ended()
        return folder.read("ssl")
    }
}
