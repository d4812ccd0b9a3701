/// What is wrong with our own TLS configuration or material: a file, a key, a name.
///
/// It is for the operator, so the message names the file and says what to do about it. What a
/// *peer* does wrong is a `TLSFailure`. Nearly none of these goes away by trying again unless a file
/// changes: see `passes`.
package struct TLSError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of configuration errors.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// The file does not exist or cannot be read.
        case fileUnreadable
        /// The file or directory cannot be made or written.
        case fileUnwritable
        /// A file that was to be made is there already.
        case fileExists
        /// The file is larger than any certificate file has reason to be.
        case fileTooLarge
        /// No PEM block of the wanted kind, or one that cannot be decoded.
        case notPEM
        /// The private key is protected by a passphrase.
        case keyEncrypted
        /// The private key is not the one of the certificate.
        case keyMismatch
        /// The private key is of a kind or size that is not accepted.
        case keyUnsuitable
        /// The certificate is past its last day.
        case certificateExpired
        /// The certificate is not valid yet.
        case certificateNotYetValid
        /// The certificate may not be used for this end of a connection.
        case wrongPurpose
        /// The chain file is not leaf first, each followed by its issuer.
        case chainOutOfOrder
        /// More certificates than allowed.
        case tooManyCertificates
        /// An empty or malformed list of ALPN protocols.
        case invalidProtocols
        /// An empty or malformed server name; it is always checked.
        case invalidServerName
        /// A name that cannot be put into a certificate.
        case invalidSubject
        /// Two settings that do not go together.
        case invalidSettings
        /// OpenSSL refused for a reason of its own.
        case library
    }

    /// Which kind it is.
    package let code: Code
    /// What is wrong, where, and what to do.
    package let message: String
    /// OpenSSL's or the system's words; empty when there are none.
    package let detail: String

    package init(_ code: Code, _ message: String, detail: String = "") {
        self.code = code
        self.message = message
        self.detail = detail
    }

    /// Whether it may be gone at the next attempt although no file has changed: whoever signs may have a
    /// clock that is ahead of ours, and descriptors and memory may be used up for a moment.
    var passes: Bool {
        switch code {
        case .certificateNotYetValid, .fileUnreadable, .library: true
        case .fileUnwritable, .fileExists, .fileTooLarge, .notPEM, .keyEncrypted, .keyMismatch,
            .keyUnsuitable, .certificateExpired, .wrongPurpose, .chainOutOfOrder,
            .tooManyCertificates, .invalidProtocols, .invalidServerName, .invalidSubject,
            .invalidSettings:
            false
        }
    }

    package var description: String {
        detail.isEmpty ? message : "\(message) (\(detail))"
    }

    /// Reports that OpenSSL refused `what`, with its reasons, and empties its error queue.
    static func library(_ what: String) -> TLSError {
        TLSError(.library, "OpenSSL could not \(what).", detail: OpenSSLErrors.drain())
    }
}
