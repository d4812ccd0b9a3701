import Foundation
import HoldfastBase
import HoldfastTLS

@testable import HoldfastRPC
@testable import HoldfastWire

/// Certificates of one test run, made when the first test asks.
enum TestCertificates {
    static let shared: DevelopmentCertificates = {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent(
                "holdfast-rpc-tests-\(ProcessInfo.processInfo.processIdentifier)")
        do {
            return try DevelopmentCA.ensure(in: directory.path)
        } catch {
            preconditionFailure("no test certificates: \(error)")
        }
    }()
}

/// Answers for the tests; what it does is in the names of its methods.
struct EchoHandler {
    func register(in registry: inout ServiceRegistry) {
        registry.unary(EchoService.Methods.echo) { request, context in
            if request.delayMs > 0 {
                try await Task.sleep(for: .milliseconds(Int(request.delayMs)))
            }
            return EchoResponse(payload: request.payload)
        }
        registry.serverStream(EchoService.Methods.echoStream) { request, stream, context in
            for index in 0..<UInt64(request.count) {
                if request.intervalMs > 0 {
                    try await Task.sleep(for: .milliseconds(Int(request.intervalMs)))
                }
                try await stream.send(EchoStreamResponse(payload: request.payload, index: index))
            }
        }
    }
}

/// A server in this process, with a certificate of its own.
struct TestServer {
    let engine: ServerEngine
    let certificates: DevelopmentCertificates

    init(
        limits: Limits = Limits(), loops: Int = 1, listen: String = "127.0.0.1:0",
        services: (inout ServiceRegistry) -> Void = { EchoHandler().register(in: &$0) }
    ) throws {
        certificates = TestCertificates.shared
        let pair = certificates
        var registry = ServiceRegistry()
        services(&registry)
        let tls = try TLSReloader(
            serverFiles: TLSServerFiles(
                certificateChain: pair.server.certificate, privateKey: pair.server.key,
                clientCA: pair.authority.certificate, requireClientCertificate: true))
        let settings = ServerProtocolSettings(
            limits: Patience.given(to: limits), agent: "test", nodeID: "node", clusterID: "cluster",
            incarnation: [1])
        engine = try ServerEngine(
            core: ServerCore(settings: settings, entries: registry.entries) { tls.current },
            loops: loops, listen: [listen])
        try engine.start()
    }

    var endpoint: Endpoint {
        get throws { try Endpoint(engine.addresses[0]) }
    }

    func configuration(endpoints: [Endpoint]? = nil) throws -> ChannelConfiguration {
        try ChannelConfiguration(
            endpoints: endpoints ?? [endpoint],
            trustedCA: certificates.authority.certificate,
            certificate: certificates.client.certificate, privateKey: certificates.client.key,
            defaultTimeout: Patience.time, connectTimeout: Patience.time)
    }

    func channel() throws -> RPCChannel {
        try RPCChannel(configuration())
    }

    func stop() { engine.stop() }
}
