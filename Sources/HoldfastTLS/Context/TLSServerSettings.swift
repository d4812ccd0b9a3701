/// What a server's context is made of.
package struct TLSServerSettings: Hashable, Sendable {
    /// The server's certificate, followed by its intermediates, leaf first.
    package var certificateChain: PEMSource
    /// The private key of the leaf, without passphrase.
    package var privateKey: PEMSource
    /// The CAs that sign clients' certificates; `nil`: clients are not asked for one.
    package var clientCA: PEMSource?
    /// Whether a client without certificate is refused.
    package var requireClientCertificate: Bool
    /// Application protocols, best first; a client must offer one of them.
    package var protocols: [String]

    package init(
        certificateChain: PEMSource, privateKey: PEMSource, clientCA: PEMSource? = nil,
        requireClientCertificate: Bool = true, protocols: [String] = ["holdfast/1"]
    ) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
        self.clientCA = clientCA
        self.requireClientCertificate = requireClientCertificate
        self.protocols = protocols
    }
}
