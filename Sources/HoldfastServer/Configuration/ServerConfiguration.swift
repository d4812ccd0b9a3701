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
