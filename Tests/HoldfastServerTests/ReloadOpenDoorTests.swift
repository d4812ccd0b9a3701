import Foundation
import HoldfastBase
import HoldfastPolicy
import HoldfastTLS
import HoldfastWire
import Synchronization
import Testing

@testable import HoldfastRPC
@testable import HoldfastServer

/// A reload at the wrong moment must not open the server to those who were kept out.
@Suite(.timeLimit(.minutes(5))) struct ReloadOpenDoorTests {
    private static func folder(_ name: String) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "holdfast-\(name)-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private static func configuration(in folder: URL) throws -> ServerConfiguration {
        let made = try DevelopmentCA.ensure(in: folder.appendingPathComponent("ca").path)
        let policy = folder.appendingPathComponent("policy")
        try Data("role a { allow echo.call on * }\n".utf8).write(to: policy)
        var configuration = ServerConfiguration()
        configuration.listen = [ListenAddress(host: "127.0.0.1", port: 0)]
        configuration.dataDirectory = folder.path
        configuration.policyFile = policy.path
        configuration.tls.certificateFile = made.server.certificate
        configuration.tls.keyFile = made.server.key
        configuration.tls.clientCAFile = made.authority.certificate
        return configuration
    }

    /// The file is being written: it is there and empty, which is a valid configuration.
    @Test func anEmptyConfigurationTakesNoProtectionAway() throws {
        let folder = try Self.folder("open-door")
        defer { try? FileManager.default.removeItem(at: folder) }
        let configuration = try Self.configuration(in: folder)
        let instance = try ServerInstance(configuration, logger: Capture().logger(level: .error)) {
            var sources = ConfigurationSources()
            sources.file = (name: "holdfast.toml", bytes: [])
            return try ConfigurationLoader.load(sources)
        }
        let digest = instance.gate.policyDigest
        let leaf = instance.tls.current.facts.leaf
        #expect(!digest.isEmpty)
        let outcomes = instance.reloadAll()
        #expect(instance.gate.policyDigest == digest)
        #expect(instance.tls.current.facts.leaf == leaf)
        let made = folder.appendingPathComponent("dev-ca").path
        #expect(!FileManager.default.fileExists(atPath: made))
        for key in ["policy.file", "tls.certificate", "tls.client_ca"] {
            #expect(outcomes.contains("\(key): needs a restart"), "\(outcomes)")
        }
    }

    /// The look at the files comes every few seconds; what it has said once is known.
    @Test func whatKeepsACertificateOutIsSaidOnce() throws {
        let folder = try Self.folder("said-once")
        defer { try? FileManager.default.removeItem(at: folder) }
        let configuration = try Self.configuration(in: folder)
        let capture = Capture()
        let instance = try ServerInstance(configuration, logger: capture.logger(level: .error)) {
            LoadedConfiguration(configuration: configuration, origins: [:], warnings: [])
        }
        let file = try #require(configuration.tls.certificateFile)
        let certificate = try Data(contentsOf: URL(fileURLWithPath: file))
        func reports() -> Int {
            capture.lines.count { $0.contains("the certificates were not replaced") }
        }
        try Data("none".utf8).write(to: URL(fileURLWithPath: file))
        for _ in 0..<3 { _ = instance.reloadCertificates(isByItself: true) }
        #expect(reports() == 1)
        // Who asks gets it in the log each time.
        _ = instance.reloadCertificates()
        #expect(reports() == 2)
        try certificate.write(to: URL(fileURLWithPath: file))
        _ = instance.reloadCertificates(isByItself: true)
        try Data("none".utf8).write(to: URL(fileURLWithPath: file))
        _ = instance.reloadCertificates(isByItself: true)
        #expect(reports() == 3)
    }

    @Test func severalMistakesAreOneOutcome() throws {
        let folder = try Self.folder("mistakes")
        defer { try? FileManager.default.removeItem(at: folder) }
        let configuration = try Self.configuration(in: folder)
        let instance = try ServerInstance(configuration, logger: Capture().logger(level: .error)) {
            var sources = ConfigurationSources()
            sources.file = (name: "f", bytes: Array("[a]\n[b]\n".utf8))
            return try ConfigurationLoader.load(sources)
        }
        let kept = instance.reloadAll().filter { $0.contains(": kept: ") }
        #expect(kept.count == 1)
        #expect(kept.allSatisfy { $0.contains("; ") && !$0.contains("\n") }, "\(kept)")
    }

    /// A signal to end may come while the server starts: it must not be called ready behind that.
    @Test func aDrainThatComesBeforeTheStartStays() async throws {
        let folder = try Self.folder("early-drain")
        defer { try? FileManager.default.removeItem(at: folder) }
        let capture = Capture()
        let instance = try ServerInstance(
            try Self.configuration(in: folder), logger: capture.logger(level: .info)
        ) { LoadedConfiguration(configuration: ServerConfiguration(), origins: [:], warnings: []) }
        await instance.drainAndStop(reason: "asked", grace: .zero)
        try instance.start()
        #expect(instance.state.withLock { $0.stage } == .draining)
        #expect(instance.health.status(of: "") == .notServing)
        #expect(!capture.lines.contains { $0.contains("\"serving\"") })
        await instance.engine.waitUntilStopped()
    }

    private static func policy(_ text: String) throws -> Policy {
        try Policy(Array(text.utf8), file: "policy")
    }

    private static let context = ServerContext(
        method: "m", requestID: nil, attempt: 0,
        peer: ServerContext.Peer(
            address: "127.0.0.1:1", identity: "holdfast://a", agent: "", connection: 1),
        metadata: [], traceparent: "", tracestate: "", deadline: .never)

    /// A policy may be replaced after a stream was admitted and before it is watched.
    @Test func aStreamThatWasJustAdmittedIsAskedAgain() async throws {
        let bind = "bind holdfast://a -> a"
        let gate = Gate(
            policy: try Self.policy("role a { allow echo.call on * }\n\(bind)"),
            logger: Capture().logger())
        let generation = gate.generation
        try gate.admit(.echoStream, context: Self.context)
        gate.replace(try Self.policy("role a { allow health.read on * }\n\(bind)"))
        let error = await #expect(throws: RPCError.self) {
            try await gate.watch(.echoStream, context: Self.context, since: generation)
        }
        #expect(error?.code == .permissionDenied)
    }
}
