/// Why a TLS connection ended other than by both sides' wish.
///
/// A trivial value: a reason with a stable name for metrics, and the codes its text is made of
/// when somebody asks for it. It never holds a peer's bytes. What is wrong with our own files is
/// a `TLSError`.
package struct TLSFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reasons; the raw values are the names in metrics and never change.
    package enum Reason: String, Hashable, Sendable, CaseIterable {
        /// The client offered no ALPN protocol, or none of ours.
        case noApplicationProtocol = "no_application_protocol"
        /// The peer does not speak TLS 1.3.
        case protocolVersion = "protocol_version"
        /// No common cipher suite, group or signature algorithm.
        case noCommonParameters = "no_common_parameters"
        /// A client certificate is required and none came.
        case certificateRequired = "certificate_required"
        /// The certificate is not signed by a trusted CA.
        case unknownCA = "unknown_ca"
        /// The certificate is past its last day.
        case certificateExpired = "certificate_expired"
        /// The certificate is not valid yet; usually a wrong clock.
        case certificateNotYetValid = "certificate_not_yet_valid"
        /// The certificate has been revoked.
        case certificateRevoked = "certificate_revoked"
        /// The certificate is damaged, or the peer does not say what it dislikes.
        case badCertificate = "bad_certificate"
        /// The certificate may not be used for this end of a connection.
        case wrongPurpose = "wrong_purpose"
        /// The chain or the certificate message is longer than allowed.
        case certificateTooLarge = "certificate_too_large"
        /// A key in the chain is longer than allowed.
        case keyTooLarge = "key_too_large"
        /// The certificate has neither a URI nor a DNS name.
        case identityMissing = "identity_missing"
        /// The certificate has more than one URI name.
        case identityAmbiguous = "identity_ambiguous"
        /// The certificate has more names than are looked at.
        case tooManyNames = "too_many_names"
        /// The certificate's name has forbidden bytes or is too long.
        case identityMalformed = "identity_malformed"
        /// The server's certificate is not for the name that was dialled.
        case nameMismatch = "name_mismatch"
        /// The peer refuses this identity.
        case accessDenied = "access_denied"
        /// Plain HTTP on the TLS port.
        case httpRequest = "http_request"
        /// The first bytes are not TLS at all.
        case notTLS = "not_tls"
        /// The peer closed or reset the connection.
        case peerClosed = "peer_closed"
        /// The stream ended without the peer's close: bytes may be missing.
        case truncated = "truncated"
        /// A record that does not decrypt or is not allowed here.
        case badRecord = "bad_record"
        /// More key updates than anybody needs.
        case keyUpdateFlood = "key_update_flood"
        /// Anything else; the text has OpenSSL's reason.
        case other = "other"
    }

    /// Why.
    package let reason: Reason
    /// Whether the peer said so by an alert; else it was found here.
    package let isFromPeer: Bool
    /// OpenSSL's error code; 0 when there is none.
    let libraryCode: UInt
    /// The errno of a failed system call; 0 when there is none.
    let systemCode: Int32

    init(
        _ reason: Reason, isFromPeer: Bool = false, libraryCode: UInt = 0, systemCode: Int32 = 0
    ) {
        self.reason = reason
        self.isFromPeer = isFromPeer
        self.libraryCode = libraryCode
        self.systemCode = systemCode
    }

    /// Whether a certificate was refused, ours or the peer's: UNAUTHENTICATED and never a retry.
    ///
    /// With TLS 1.3 a client's handshake is complete before the server has looked at its
    /// certificate, so the client meets this failure at its first read or write.
    package var isAuthentication: Bool {
        switch reason {
        case .certificateRequired, .unknownCA, .certificateExpired, .certificateNotYetValid,
            .certificateRevoked, .badCertificate, .wrongPurpose, .certificateTooLarge,
            .keyTooLarge, .identityMissing, .identityAmbiguous, .tooManyNames,
            .identityMalformed, .nameMismatch, .accessDenied:
            true
        case .noApplicationProtocol, .protocolVersion, .noCommonParameters, .httpRequest,
            .notTLS, .peerClosed, .truncated, .badRecord, .keyUpdateFlood, .other:
            false
        }
    }

    /// What to write to the bare socket before closing it, so that somebody who dials the port
    /// without TLS reads a sentence instead of an alert; `nil` for peers that speak TLS.
    package var plainTextRefusal: StaticString? { plainTextRefusal(isHTTP: reason == .httpRequest) }

    /// As `plainTextRefusal`, to one of whose bytes `rest` lie behind those that OpenSSL has read: it knows
    /// only the more common methods of HTTP.
    package func plainTextRefusal(before rest: RawSpan) -> StaticString? {
        var isHTTP = reason == .httpRequest
        let version = StaticString(" HTTP/1.")
        let count = version.utf8CodeUnitCount
        var offset = 0
        while !isHTTP, offset + count <= rest.byteCount {
            isHTTP = (0..<count).allSatisfy {
                unsafe rest.unsafeLoad(fromByteOffset: offset + $0, as: UInt8.self)
                    == version.utf8Start[$0]
            }
            offset += 1
        }
        return plainTextRefusal(isHTTP: isHTTP)
    }

    private func plainTextRefusal(isHTTP: Bool) -> StaticString? {
        switch reason {
        case .httpRequest,
            .notTLS where isHTTP:
            """
            HTTP/1.1 400 Bad Request\r
            Content-Type: text/plain\r
            Content-Length: 63\r
            Connection: close\r
            \r
            This port speaks TLS 1.3 only; connect with a Holdfast client\r

            """
        case .notTLS: Self.refusalOfNoise
        default: nil
        }
    }

    /// What somebody reads who speaks neither TLS nor HTTP.
    package static var refusalOfNoise: StaticString {
        "This port speaks TLS 1.3 only; connect with a Holdfast client.\r\n"
    }
}
