/// The files a server's context is made of.
package struct TLSServerFiles: Hashable, Sendable {
    /// The server's certificate and its intermediates, leaf first.
    package var certificateChain: String
    /// The private key of the leaf.
    package var privateKey: String
    /// The CAs that sign clients' certificates; `nil`: clients are not asked for one.
    package var clientCA: String?
    /// Whether a client without certificate is refused.
    package var requireClientCertificate: Bool
    /// Application protocols, best first.
    package var protocols: [String]

    package init(
        certificateChain: String, privateKey: String, clientCA: String?,
        requireClientCertificate: Bool = true, protocols: [String] = ["holdfast/1"]
    ) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
        self.clientCA = clientCA
        self.requireClientCertificate = requireClientCertificate
        self.protocols = protocols
    }

    var paths: [String] { [certificateChain, privateKey] + (clientCA.map { [$0] } ?? []) }

    func makeContext() throws(TLSError) -> TLSContext {
        try TLSContext(
            server: TLSServerSettings(
                certificateChain: .file(certificateChain), privateKey: .file(privateKey),
                clientCA: clientCA.map { .file($0) },
                requireClientCertificate: requireClientCertificate, protocols: protocols))
    }
}
