internal import HoldfastBase
internal import HoldfastRuntime
internal import HoldfastSystem
internal import HoldfastTLS
public import HoldfastWireProtocol
internal import Synchronization

/// A server for any services: listens, speaks holdfast/1 over TLS, and answers by the handlers of a
/// `ServiceRegistry`.
///
/// ```swift
/// import HoldfastRPC
///
/// var services = ServiceRegistry()
/// Greeter().register(in: &services)
/// let configuration = RPCServer.Configuration(
///     listen: ["0.0.0.0:7000"], certificate: "server.pem", privateKey: "server-key.pem",
///     clientCA: "ca.pem")
/// let server = try RPCServer(configuration, services: services)
/// try await server.run()  // until the task is cancelled, then drains
/// ```
public final class RPCServer: Sendable {
    /// How a server is set up.
    public struct Configuration: Sendable {
        /// Where to listen, "host:port" each; port 0 takes a free one.
        public var listen: [String]
        /// PEM file of the certificate and its chain.
        public var certificate: String
        /// PEM file of the private key.
        public var privateKey: String
        /// PEM file of the CA that signs client certificates; `nil` asks for none.
        public var clientCA: String?
        /// Whether a caller without a certificate is refused.
        public var requireClientCertificate: Bool
        /// Threads that serve connections.
        public var loops: Int
        /// Name of this server, told to clients.
        public var nodeID: String
        /// Time open calls get when the server drains.
        public var drainGrace: Duration

        /// A configuration with the defaults for all that is not given.
        public init(
            listen: [String] = ["127.0.0.1:0"], certificate: String, privateKey: String,
            clientCA: String? = nil, requireClientCertificate: Bool = true, loops: Int = 1,
            nodeID: String = "", drainGrace: Duration = .seconds(30)
        ) {
            self.listen = listen
            self.certificate = certificate
            self.privateKey = privateKey
            self.clientCA = clientCA
            self.requireClientCertificate = requireClientCertificate
            self.loops = loops
            self.nodeID = nodeID
            self.drainGrace = drainGrace
        }
    }

    private let engine: ServerEngine
    private let tls: TLSReloader
    private let drainGrace: Duration

    /// Reads the certificates and opens the sockets; serves from `run` on.
    ///
    /// Throws INVALID_ARGUMENT when the settings cannot be right (reason `TLS_SETTINGS` for the files),
    /// and UNAVAILABLE when an address cannot be listened at.
    public init(_ configuration: Configuration, services: ServiceRegistry) throws(RPCError) {
        var limits = Limits()
        limits.drainGrace = Interval(configuration.drainGrace)
        drainGrace = configuration.drainGrace
        let tls = try Self.material(configuration)
        self.tls = tls
        let settings = ServerProtocolSettings(
            limits: limits, agent: "holdfast-swift", nodeID: configuration.nodeID, clusterID: "",
            incarnation: RequestID.random().bytes)
        let core = ServerCore(settings: settings, entries: services.entries) { tls.current }
        do {
            engine = try ServerEngine(
                core: core, loops: configuration.loops, listen: configuration.listen)
        } catch {
            throw RPCError(.unavailable, "cannot listen: \(error)", reason: "LISTEN")
        }
    }

    private static func material(_ configuration: Configuration) throws(RPCError) -> TLSReloader {
        do {
            return try TLSReloader(
                serverFiles: TLSServerFiles(
                    certificateChain: configuration.certificate,
                    privateKey: configuration.privateKey, clientCA: configuration.clientCA,
                    requireClientCertificate: configuration.requireClientCertificate))
        } catch {
            throw RPCError(.invalidArgument, error.description, reason: "TLS_SETTINGS")
        }
    }

    /// The addresses in use, with the ports that were given for port 0.
    public var addresses: [String] { engine.addresses }

    /// Serves until the task is cancelled; then drains and returns.
    public func run() async throws {
        try engine.start()
        await withTaskCancellationHandler {
            await engine.waitUntilStopped()
        } onCancel: {
            let engine = engine
            let grace = Interval(drainGrace)
            Task.detached {
                await engine.drainAndStop(reason: "the server is stopping", grace: grace)
            }
        }
    }

    /// Reads the certificate files again; new connections use what they hold now.
    public func reloadCertificates() throws {
        if case .kept(let error) = tls.reload() { throw error }
    }
}
