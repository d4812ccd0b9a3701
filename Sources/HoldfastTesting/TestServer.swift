public import Holdfast
internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastServer
internal import HoldfastTLS
internal import Synchronization

/// A Holdfast server in this process, for tests: on a free port of loopback, with a node in memory and
/// certificates of its own, both gone with it.
///
/// ```swift
/// import HoldfastTesting
/// import Testing
///
/// @Test func theSecondOneIsRefused() async throws {
///     try await withTestServer { server in
///         let client = try server.client()
///         try await client.withLock("orders/42") { lock in
///             await #expect(throws: NotAcquired.self) {
///                 try await client.acquire("orders/42", .try)
///             }
///             #expect(lock.isHeld)
///         }
///     }
/// }
/// ```
public final class TestServer: Sendable {
    /// The time of the server and of its clients.
    public enum Time: Sendable {
        /// It passes by itself.
        case real
        /// It stands still until `advance(by:)`.
        case manual
    }

    /// What goes wrong between this server and its clients; see `FaultBoard`.
    public let faults = FaultBoard()
    private let instance: ServerInstance
    private let folder: TemporaryFolder
    private let certificates: DevelopmentCertificates
    private let clock: ClientClock
    private let clients = Mutex<[HoldfastClient]>([])

    /// Starts a server.
    public init(time: Time = .real) throws {
        folder = try TemporaryFolder()
        var configuration = ServerConfiguration()
        configuration.listen = [ListenAddress(host: "127.0.0.1", port: 0)]
        configuration.opsListen = []
        configuration.nodeID = "test"
        configuration.dataDirectory = folder.path
        certificates = try DevelopmentCA.ensure(in: folder.path + "/dev-ca")
        let isManual =
            switch time {
            case .real: false
            case .manual: true
            }
        clock = isManual ? .standing() : .system
        let logger = Logger(level: .error, isJSON: false, sink: LogSink { .wrote($0.count) })
        let loaded = try ConfigurationLoader.load(ConfigurationSources())
        instance = try ServerInstance(configuration, logger: logger, isClockManual: isManual) {
            loaded
        }
        try instance.start()
    }

    /// How a client of this server is configured: by a certificate that may do everything.
    public var configuration: ChannelConfiguration {
        get throws {
            ChannelConfiguration(
                endpoints: try instance.addresses.map { address throws(EndpointError) in
                    try Endpoint(address)
                },
                trustedCA: certificates.authority.certificate,
                certificate: certificates.client.certificate,
                privateKey: certificates.client.key, interceptors: [faults])
        }
    }

    /// A client of this server, closed with it. On a manual clock it goes by that.
    public func client(_ options: ClientOptions = ClientOptions()) throws -> HoldfastClient {
        var options = options
        options.clock = clock
        let client = try HoldfastClient(configuration, options: options)
        clients.withLock { $0.append(client) }
        return client
    }

    /// Ends the clients and the server.
    public func stop() async {
        faults.heal()
        for client in clients.withLock({ $0 }) { await client.shutDown() }
        instance.engine.stop()
        folder.remove()
    }

    // MARK: Time

    /// Lets time pass on a manual clock, for the server and its clients: renewals happen on the way as
    /// they would, one after the other, and each is waited for as long as it can be answered.
    public func advance(by duration: Duration) async throws {
        guard clock.isManual else {
            throw HoldfastError.state("the server was started without a manual clock")
        }
        let end = clock.now() + Interval(duration)
        while true {
            let next = min(end, max(clock.nextDue, clock.now()))
            let step = next - clock.now()
            _ = await instance.advanceClock(by: step)
            clock.advance(by: step)
            let limit = faults.isSilent ? Duration.milliseconds(20) : .seconds(2)
            for client in clients.withLock({ $0 }) { await client.settle(within: limit) }
            if next >= end { return }
        }
    }

    /// Returns when `count` callers wait for a lock, which is when a test can let their time pass.
    /// Throws a `HoldfastError` when they do not come within `limit`, which is real time.
    public func untilWaiting(
        for name: String, count: Int = 1, within limit: Duration = .seconds(30)
    ) async throws {
        let end = ContinuousClock.now + limit
        try await withAdmin { admin in
            while true {
                let lock = try await admin.locks.getLock(GetLockRequest(name: name)).lock
                let waiting = Int(lock?.waiting ?? 0)
                if waiting >= count { return }
                guard ContinuousClock.now < end else {
                    throw HoldfastError(
                        .state, "\(waiting) of \(count) wait for the lock after \(limit)",
                        context: ["lock": name])
                }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    // MARK: Harm

    /// Takes a lock away from whoever holds it; its holder hears of it by the next renewal.
    public func loseLock(_ name: String) async throws {
        try await withAdmin { admin in
            _ = try await admin.locks.forceRelease(ForceReleaseRequest(name: name))
        }
    }

    /// Breaks the connections of the clients that this server gave; they connect again by themselves.
    public func dropConnections() {
        for client in clients.withLock({ $0 }) { client.channel.breakConnections() }
    }

    /// Gives `body` a client that no fault concerns.
    private func withAdmin(_ body: (HoldfastClient) async throws -> Void) async throws {
        var configuration = try configuration
        configuration.certificate = certificates.admin.certificate
        configuration.privateKey = certificates.admin.key
        configuration.interceptors = []
        try await withHoldfast(configuration, body)
    }
}

/// Gives `body` a server of its own, and ends it with its clients on every way out.
public func withTestServer<Result>(
    time: TestServer.Time = .real, _ body: (TestServer) async throws -> Result
) async throws -> Result {
    let server = try TestServer(time: time)
    do {
        let result = try await body(server)
        await server.stop()
        return result
    } catch {
        await server.stop()
        throw error
    }
}
