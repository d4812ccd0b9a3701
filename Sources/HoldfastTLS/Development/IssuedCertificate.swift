/// A new certificate and its key, as PEM text.
package struct IssuedCertificate: Hashable, Sendable {
    /// The certificate, followed by the CA's own when that is not a root.
    package let certificatePEM: [UInt8]
    /// The key, without passphrase.
    package let keyPEM: [UInt8]
}
