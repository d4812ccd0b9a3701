/// The maxima of this target. Each is reached by a test.
package enum TLSLimits {
    /// Certificates between a leaf and its trusted CA.
    package static let chainDepthMax: Int32 = 3
    /// Bytes of the certificate message a peer may send.
    package static let peerCertificateBytesMax = 16 * 1024
    /// A longer RSA key costs the verifier too much.
    package static let rsaKeyBitsMax: Int32 = 8192
    /// Names looked at in a peer's certificate; one that has more is refused.
    package static let subjectNamesMax = 64
    /// Bytes of the name a peer is known by.
    package static let identityBytesMax = 512
    /// Bytes of a DNS name (RFC 1035).
    package static let dnsNameBytesMax = 253
    /// Bytes of a file that holds certificates or a key.
    package static let pemFileBytesMax = 1024 * 1024
    /// Certificates in one of our own chain files.
    package static let chainCertificatesMax = 16
    /// Certificates in a file of trusted CAs.
    package static let trustedCertificatesMax = 1024
    /// CA names told to clients, so that one with several certificates can choose.
    package static let advertisedAuthoritiesMax = 16
    /// Protocols offered by ALPN.
    package static let protocolsMax = 8
    /// Key updates that a peer may make for nothing. One costs as much as a call or two.
    package static let keyUpdatesMax = 32
    /// Bytes of data for which a peer may make one more.
    package static let keyUpdateBytes = 64 * 1024
    /// Octets of a serial number (RFC 5280).
    package static let serialBytesMax = 20
}
