internal import HoldfastRedis
package import HoldfastTLS

/// All that is needed to reach one node and be let in.
package struct NodeEndpoint: Sendable {
    package var address: NodeAddress
    /// `nil` is the node's default user.
    package var user: String?
    package var secret: NodeSecret
    /// Makes the TLS of a connection; needed where the address says TLS.
    package var context: TLSContext?
    /// The name that the node's certificate must bear; `nil` is the host of the address.
    package var serverName: String?

    package init(
        address: NodeAddress, user: String? = nil, secret: NodeSecret = .none,
        context: TLSContext? = nil, serverName: String? = nil
    ) {
        self.address = address
        self.user = user
        self.secret = secret
        self.context = context
        self.serverName = serverName
    }

    /// The TLS of connections to Redis: no application protocol, for Redis knows of none.
    ///
    /// - Parameter trustedCA: the file of the CAs that sign nodes' certificates; `nil`: those of the
    ///   system.
    package static func context(
        trustedCA: String?, certificate: String? = nil, key: String? = nil
    ) throws(TLSError) -> TLSContext {
        var identity: TLSClientSettings.Identity?
        if let certificate, let key {
            identity = .init(certificateChain: .file(certificate), privateKey: .file(key))
        }
        return try TLSContext(
            client: TLSClientSettings(
                trustedCA: trustedCA.map { .file($0) }, identity: identity, protocols: []))
    }

    func credentials() throws(NodeSecretError) -> NodeCredentials? {
        try secret.credentials(user: user)
    }
}
