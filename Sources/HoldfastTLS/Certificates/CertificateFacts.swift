/// What an operator wants to know about one of our certificates: for logs and metrics.
package struct CertificateFacts: Hashable, Sendable {
    /// First moment of validity, in milliseconds since 1970.
    package let notBeforeMilliseconds: Int64
    /// Last moment of validity, in milliseconds since 1970.
    package let notAfterMilliseconds: Int64
    /// The serial number in hexadecimal.
    package let serial: String
    /// The name it stands for, when it has a usable one.
    package let identity: PeerIdentity?
}
