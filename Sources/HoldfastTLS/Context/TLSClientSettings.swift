/// What a client's context is made of.
package struct TLSClientSettings: Hashable, Sendable {
    /// The CAs that sign servers' certificates; `nil`: those of the system.
    package var trustedCA: PEMSource?
    /// The client's certificate and key; `nil`: none is sent.
    package var identity: Identity?
    /// Application protocols, best first; the server must choose one of them. Empty: none is
    /// offered and none demanded, for servers that know of none, such as Redis.
    package var protocols: [String]

    /// A certificate and its key.
    package struct Identity: Hashable, Sendable {
        /// The client's certificate, followed by its intermediates, leaf first.
        package var certificateChain: PEMSource
        /// The private key of the leaf, without passphrase.
        package var privateKey: PEMSource

        package init(certificateChain: PEMSource, privateKey: PEMSource) {
            self.certificateChain = certificateChain
            self.privateKey = privateKey
        }
    }

    package init(
        trustedCA: PEMSource? = nil, identity: Identity? = nil,
        protocols: [String] = ["holdfast/1"]
    ) {
        self.trustedCA = trustedCA
        self.identity = identity
        self.protocols = protocols
    }
}
