import Foundation
import Holdfast
import Testing

@Suite struct StartTests {
    @Test func startsWithoutConfiguration() async throws {
        try await withDaemon { daemon in
            let ready = try await daemon.logged("serving")
            #expect(ready["address"].hasPrefix("127.0.0.1:"))
            #expect(!ready["version"].isEmpty && ready["tls"].hasPrefix("OpenSSL"))
            let words = "using a development CA; set tls.certificate and tls.key for production"
            let warning = try await daemon.logged(words)
            #expect(warning["level"] == "warning")
            #expect(warning["client_certificate"].hasSuffix("client.pem"))
            let answer = try await daemon.client { client in
                try await client.echo.echo(EchoRequest(payload: [1, 2, 3]))
            }
            #expect(answer.payload == [1, 2, 3])
            let key = daemon.folder["holdfast-data/dev-ca/server-key.pem"]
            let attributes = try FileManager.default.attributesOfItem(atPath: key)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }
}
