/// The files a client's context is made of.
package struct TLSClientFiles: Hashable, Sendable {
    /// The CAs that sign servers' certificates; `nil`: those of the system.
    package var trustedCA: String?
    /// The client's certificate and its intermediates, leaf first; `nil`: none is sent.
    package var certificateChain: String?
    /// The private key of the leaf; goes with the certificate.
    package var privateKey: String?
    /// Application protocols, best first.
    package var protocols: [String]

    package init(
        trustedCA: String?, certificateChain: String? = nil, privateKey: String? = nil,
        protocols: [String] = ["holdfast/1"]
    ) {
        self.trustedCA = trustedCA
        self.certificateChain = certificateChain
        self.privateKey = privateKey
        self.protocols = protocols
    }

    var paths: [String] { [trustedCA, certificateChain, privateKey].compactMap { $0 } }

    func makeContext() throws(TLSError) -> TLSContext {
        var identity: TLSClientSettings.Identity?
        switch (certificateChain, privateKey) {
        case (let chain?, let key?):
            identity = .init(certificateChain: .file(chain), privateKey: .file(key))
        case (nil, nil):
            break
        case (_?, nil), (nil, _?):
            throw TLSError(
                .invalidSettings,
                "A client certificate and its private key go together: name both files or none.")
        }
        return try TLSContext(
            client: TLSClientSettings(
                trustedCA: trustedCA.map { .file($0) }, identity: identity, protocols: protocols))
    }
}
