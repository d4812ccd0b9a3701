/// What a certificate to be issued shall say.
package struct CertificateRequest: Hashable, Sendable {
    /// What the certificate is for.
    package enum Purpose: Hashable, Sendable {
        /// A server's: `serverAuth`.
        case server
        /// A client's: `clientAuth`.
        case client
        /// A further CA's, which may sign leaves.
        case authority
    }

    /// The common name: for people, never an identity.
    package var commonName: String
    /// The subject alternative names.
    package var names: [SubjectName]
    /// What it is for.
    package var purpose: Purpose
    /// When it becomes valid, in seconds from now. A little in the past by default, for the
    /// clocks of two machines differ.
    package var validFromSeconds: Int
    /// When it ends to be valid, in seconds from now.
    package var validUntilSeconds: Int

    package init(
        commonName: String, names: [SubjectName], purpose: Purpose, days: Int = 90
    ) {
        self.commonName = commonName
        self.names = names
        self.purpose = purpose
        self.validFromSeconds = -300
        self.validUntilSeconds = days * 86_400
    }
}
