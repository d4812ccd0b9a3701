package import HoldfastBase

/// What a server needs to know before it starts, all of it valid and with its defaults filled in.
///
/// Made by `ConfigurationLoader`. A file that is named here has not been opened.
package struct ServerConfiguration: Hashable, Sendable {
    /// Where callers connect.
    package var listen = [ListenAddress(host: "127.0.0.1", port: 7420)]
    /// Where probes and metrics are served, without TLS; empty for nowhere.
    package var opsListen = [ListenAddress(host: "127.0.0.1", port: 7421)]
    /// Name of this server among its equals; the loader fills in host name and port.
    package var nodeID = ""
    /// Servers and nodes of another cluster are refused.
    package var clusterID = "holdfast"
    /// Threads that serve connections.
    package var loops = 1
    /// Where the server keeps what it makes itself: the development CA.
    package var dataDirectory = "./holdfast-data"
    /// Certificates.
    package var tls = TLS()
    /// Where the state is kept; with no nodes, in memory.
    package var redis = Redis()
    /// What the nodes make together.
    package var cluster = Cluster()
    /// Who may do what; nil allows everything to every accepted certificate.
    package var policyFile: String?
    /// Least level that is logged.
    package var logLevel = LogLevel.info
    /// How log lines look.
    package var logFormat = LogFormat.auto
    /// Bounds of the RPC layer.
    package var limits = Limits()

    /// The defaults.
    package init() {}

    /// The Redis nodes, and how to be let in.
    package struct Redis: Hashable, Sendable {
        /// 1, 3, 5 or 7; none for a node in memory.
        package var nodes: [NodeAddress] = []
        /// Nil for the default user.
        package var user: String?
        /// Its first line is the password; nil for none.
        package var passwordFile: String?
        package var tls = TLS()

        /// For nodes whose address begins with tls://.
        package struct TLS: Hashable, Sendable {
            /// Authorities that nodes' certificates must come from, PEM; nil for the system's.
            package var caFile: String?
            /// Certificate and key to show to nodes, PEM; nil for none.
            package var certificateFile: String?
            package var keyFile: String?
            /// The name in the nodes' certificates; nil for the host of the address.
            package var serverName: String?
        }
    }

    /// What the nodes make together.
    package struct Cluster: Hashable, Sendable {
        /// Whether empty nodes may become a cluster by themselves.
        package var mayForm = false
        /// How long one node may take to answer before the others decide without it.
        package var nodeBudget = Interval.milliseconds(500)
        /// The longest that a node which may have forgotten stays out.
        package var absenceMax = Interval.seconds(86_400)
    }

    /// Certificates of the server, and what it asks of its callers.
    package struct TLS: Hashable, Sendable {
        /// Chain of the server, PEM; nil for one from the development CA.
        package var certificateFile: String?
        /// Key of the first certificate, PEM.
        package var keyFile: String?
        /// Authorities whose certificates callers must have, PEM.
        package var clientCAFile: String?
        /// Whether a caller without a certificate is refused.
        package var requireClientCertificate = true
        /// How often the files are looked at for changes.
        package var reloadInterval = Interval.seconds(5)
    }
}
