extension TLSFailure {
    /// The reason in words, who found it, and OpenSSL's or the system's own words.
    package var description: String {
        var text = isFromPeer ? "the peer reports: \(words)" : words
        if libraryCode != 0 { text += " (\(OpenSSLErrors.reasonText(libraryCode)))" }
        if systemCode != 0 { text += " (\(SystemFile.systemText(systemCode)))" }
        return text
    }

    private var words: String {
        switch reason {
        case .noApplicationProtocol: "no common application protocol (ALPN)"
        case .protocolVersion: "TLS 1.3 is not supported by one side"
        case .noCommonParameters: "no common cipher suite, group or signature algorithm"
        case .certificateRequired: "a client certificate is required and none was sent"
        case .unknownCA: "the certificate is not signed by a trusted CA"
        case .certificateExpired: "the certificate has expired"
        case .certificateNotYetValid: "the certificate is not valid yet"
        case .certificateRevoked: "the certificate has been revoked"
        case .badCertificate: "the certificate was refused"
        case .wrongPurpose: "the certificate may not be used for this end of a connection"
        case .certificateTooLarge: "the certificate chain is too long"
        case .keyTooLarge: "a key in the certificate chain is too long"
        case .identityMissing: "the certificate has neither a URI nor a DNS name"
        case .identityAmbiguous: "the certificate has more than one URI name"
        case .tooManyNames: "the certificate has too many names"
        case .identityMalformed: "the name in the certificate is malformed"
        case .nameMismatch: "the server's certificate is for another name"
        case .accessDenied: "access was denied"
        case .httpRequest: "plain HTTP was sent to a TLS port"
        case .notTLS: "the bytes are not TLS"
        case .peerClosed: "the connection was closed by the peer"
        case .truncated: "the stream ended without a close"
        case .badRecord: "a damaged or forbidden record arrived"
        case .keyUpdateFlood: "too many key updates"
        case .other: "TLS failed"
        }
    }
}
