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
            #expect(warning["level"] == "warning" && warning["origin"] == "made")
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

    /// Somebody may have put the broken one there, and clients may still have what it signed.
    @Test func aBrokenDevelopmentCAIsPutAside() async throws {
        let folder = try Folder()
        let words = "using a development CA; set tls.certificate and tls.key for production"
        // All write to the same log.
        for (index, origin) in ["made", "found"].enumerated() {
            try await withDaemon(folder: folder) { daemon in
                try await daemon.logged("serving", count: index + 1)
                #expect(try await daemon.logged(words, count: index + 1)["origin"] == origin)
            }
        }
        let authority = "holdfast-data/dev-ca/ca.pem"
        try folder.write(authority, "no certificate")
        try await withDaemon(folder: folder) { daemon in
            let told = try await daemon.logged("the development CA is of no use and was put aside")
            #expect(told["kept"].contains("\(authority).old") && told["why"].contains(authority))
            #expect(try await daemon.logged(words, count: 3)["origin"] == "made anew")
            try await daemon.logged("serving", count: 3)
            try await daemon.client { client in _ = try await client.echo.echo(EchoRequest()) }
        }
        let kept = try String(contentsOfFile: folder["\(authority).old"], encoding: .utf8)
        #expect(kept == "no certificate")
    }
}
