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

    /// Everything that is wrong with the files, each for itself, then with one another.
    package func problems() -> [TLSError] {
        var found: [TLSError] = []
        func look(_ body: () throws(TLSError) -> Void) {
            do throws(TLSError) {
                try body()
            } catch {
                if !found.contains(error) { found.append(error) }
            }
        }
        look { () throws(TLSError) in
            _ = try Certificate.readAll(
                .file(certificateChain), countMax: TLSLimits.chainCertificatesMax)
        }
        look { () throws(TLSError) in _ = try PrivateKey.read(.file(privateKey)) }
        if let clientCA {
            look { () throws(TLSError) in
                _ = try Certificate.readAll(
                    .file(clientCA), countMax: TLSLimits.trustedCertificatesMax)
            }
        }
        // It ends at the first problem, which is one of those where there are any of one file alone.
        look { () throws(TLSError) in _ = try makeContext() }
        return found
    }
}
