import Glibc
import HoldfastBase
import HoldfastRPC
import HoldfastSystem
import HoldfastTLS
import HoldfastWire

/// The two servers that are measured, each run in a process of its own.
enum EchoServing {
    static func context(_ certificates: DevelopmentCertificates) throws -> TLSReloader {
        try TLSReloader(
            serverFiles: TLSServerFiles(
                certificateChain: certificates.server.certificate,
                privateKey: certificates.server.key,
                clientCA: certificates.authority.certificate))
    }

    /// Runs the bare echo until killed.
    static func runBare(_ certificates: DevelopmentCertificates, pin: Int?) throws {
        Threads.blockSIGPIPE()
        if let pin { try Threads.pin(to: pin) }
        let server = try BareEchoServer(context: context(certificates).current)
        announce(server.address)
        try server.run()
    }

    /// Runs the RPC server with a plain echo handler until killed.
    static func runRPC(_ certificates: DevelopmentCertificates, pin: Int?) async throws {
        let tls = try context(certificates)
        var registry = ServiceRegistry()
        registry.plain(path: EchoService.Methods.echo.path) { call in answer(&call) }
        try HeldEcho(pin: pin).register(in: &registry)
        let settings = ServerProtocolSettings(
            limits: Limits(), agent: "holdfast-bench", nodeID: "bench", clusterID: "bench",
            incarnation: [])
        let engine = try ServerEngine(
            core: ServerCore(settings: settings, entries: registry.entries) { tls.current },
            loops: 1, listen: ["127.0.0.1:0"])
        try engine.start(pinnedTo: pin)
        announce(engine.addresses[0])
        await engine.waitUntilStopped()
    }

    private static func announce(_ address: String) {
        print("listening \(address)")
        fflush(nil)
    }

    private static func answer(_ call: inout PlainCall) {
        guard let decoded = unsafe call.decode(EchoRequest.schema) else { return }
        let payload = unsafe EchoRequest.View(decoded).payload
        let bytes = unsafe payload.isEmpty ? 0 : WireSize.lengthPrefixed(payload.count, field: 1)
        call.respond(bodyBytes: bytes) { writer in
            if unsafe !payload.isEmpty { unsafe writer.putBytes(payload, field: 1) }
        }
    }
}
