internal import HoldfastBase

/// How a client reaches its servers.
public struct ChannelConfiguration: Sendable {
    /// The servers; one of them is used at a time, another at once when it fails.
    public var endpoints: [Endpoint]
    /// PEM file of the CA that signs the servers' certificates; `nil` trusts the system's.
    public var trustedCA: String?
    /// PEM file of the client's certificate and chain, with `privateKey`.
    public var certificate: String?
    /// PEM file of the client's key.
    public var privateKey: String?
    /// The name to find in the server's certificate, where it is not the endpoint's host.
    public var serverName: String?
    /// Timeout of calls that give none.
    public var defaultTimeout: Duration
    /// How long a connection may take to be ready, handshake included.
    public var connectTimeout: Duration
    /// The longest pause between attempts to connect.
    public var backOffMax: Duration
    /// How many calls may wait for a connection or for room on it.
    public var queuedCallsMax: Int
    /// What the client calls itself towards servers.
    public var agent: String
    /// Stand around every call; the first is the outermost.
    public var interceptors: [any ClientInterceptor]
    /// First stream number of each connection: only tests of its end begin elsewhere.
    package var firstStream: UInt32 = 1

    /// A configuration with the defaults for all that is not given.
    public init(
        endpoints: [Endpoint], trustedCA: String? = nil, certificate: String? = nil,
        privateKey: String? = nil, serverName: String? = nil,
        defaultTimeout: Duration = .seconds(10), connectTimeout: Duration = .seconds(5),
        backOffMax: Duration = .seconds(5), queuedCallsMax: Int = 16_384,
        agent: String = "holdfast-swift", interceptors: [any ClientInterceptor] = []
    ) {
        self.endpoints = endpoints
        self.trustedCA = trustedCA
        self.certificate = certificate
        self.privateKey = privateKey
        self.serverName = serverName
        self.defaultTimeout = defaultTimeout
        self.connectTimeout = connectTimeout
        self.backOffMax = backOffMax
        self.queuedCallsMax = queuedCallsMax
        self.agent = agent
        self.interceptors = interceptors
    }

    var connectInterval: Interval { Interval(connectTimeout) }
}
