internal import COpenSSL

/// Folds OpenSSL's error codes, alerts and verification results to our reasons.
extension TLSFailure {
    /// The failure that an OpenSSL call has left in the thread's queue; empties the queue.
    ///
    /// `problem` is what our verification callback has noted on the session.
    static func fromQueue(
        verifyResult: Int, problem: IdentityProblem?
    ) -> TLSFailure {
        let code = UInt(ERR_peek_error())
        OpenSSLErrors.clear()
        guard code != 0, ERR_GET_LIB(code) == ERR_LIB_SSL else {
            return TLSFailure(.other, libraryCode: code)
        }
        let reason = ERR_GET_REASON(code)
        if reason == SSL_R_CERTIFICATE_VERIFY_FAILED {
            let refused = problem.map(Self.reason(problem:)) ?? Self.reason(verify: verifyResult)
            return TLSFailure(refused)
        }
        if reason >= SSL_AD_REASON_OFFSET {
            let alert = Self.reason(alert: reason - SSL_AD_REASON_OFFSET)
            return TLSFailure(alert, isFromPeer: true, libraryCode: code)
        }
        return TLSFailure(Self.reason(library: reason), libraryCode: code)
    }

    static func reason(problem: IdentityProblem) -> Reason {
        switch problem {
        case .missing: .identityMissing
        case .ambiguous: .identityAmbiguous
        case .tooManyNames: .tooManyNames
        case .malformed: .identityMalformed
        case .keyTooLarge: .keyTooLarge
        }
    }

    private static func reason(verify result: Int) -> Reason {
        switch Int32(truncatingIfNeeded: result) {
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: .nameMismatch
        case X509_V_ERR_CERT_HAS_EXPIRED: .certificateExpired
        case X509_V_ERR_CERT_NOT_YET_VALID: .certificateNotYetValid
        case X509_V_ERR_CERT_REVOKED: .certificateRevoked
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_UNTRUSTED,
            X509_V_ERR_INVALID_CA, X509_V_ERR_CERT_SIGNATURE_FAILURE:
            .unknownCA
        case X509_V_ERR_INVALID_PURPOSE: .wrongPurpose
        case X509_V_ERR_CERT_CHAIN_TOO_LONG: .certificateTooLarge
        default: .badCertificate
        }
    }

    private static func reason(alert: Int32) -> Reason {
        switch alert {
        case SSL_AD_NO_APPLICATION_PROTOCOL: .noApplicationProtocol
        case SSL_AD_PROTOCOL_VERSION: .protocolVersion
        case SSL_AD_HANDSHAKE_FAILURE, SSL_AD_INSUFFICIENT_SECURITY: .noCommonParameters
        case SSL_AD_CERTIFICATE_REQUIRED: .certificateRequired
        case SSL_AD_UNKNOWN_CA: .unknownCA
        case SSL_AD_CERTIFICATE_EXPIRED: .certificateExpired
        case SSL_AD_CERTIFICATE_REVOKED: .certificateRevoked
        case SSL_AD_BAD_CERTIFICATE, SSL_AD_CERTIFICATE_UNKNOWN: .badCertificate
        case SSL_AD_UNSUPPORTED_CERTIFICATE: .wrongPurpose
        case SSL_AD_ACCESS_DENIED: .accessDenied
        case SSL_AD_BAD_RECORD_MAC, SSL_AD_RECORD_OVERFLOW: .badRecord
        default: .other
        }
    }

    private static func reason(library: Int32) -> Reason {
        switch library {
        case SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST: .httpRequest
        // Only ever raised for the first record of a connection.
        case SSL_R_WRONG_VERSION_NUMBER, SSL_R_BAD_RECORD_TYPE, SSL_R_LENGTH_TOO_SHORT: .notTLS
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_UNKNOWN_PROTOCOL, SSL_R_NO_PROTOCOLS_AVAILABLE,
            SSL_R_WRONG_SSL_VERSION, SSL_R_BAD_LEGACY_VERSION:
            .protocolVersion
        // Our ClientHello callback fails for one reason only.
        case SSL_R_NO_APPLICATION_PROTOCOL, SSL_R_CALLBACK_FAILED: .noApplicationProtocol
        case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SUITABLE_KEY_SHARE, SSL_R_NO_SUITABLE_GROUPS,
            SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
            .noCommonParameters
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: .certificateRequired
        case SSL_R_EXCESSIVE_MESSAGE_SIZE: .certificateTooLarge
        case SSL_R_UNEXPECTED_EOF_WHILE_READING: .truncated
        case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, SSL_R_UNEXPECTED_MESSAGE,
            SSL_R_UNEXPECTED_RECORD, SSL_R_PACKET_LENGTH_TOO_LONG, SSL_R_DATA_LENGTH_TOO_LONG,
            SSL_R_ENCRYPTED_LENGTH_TOO_LONG, SSL_R_RECORD_TOO_SMALL, SSL_R_BAD_LENGTH:
            .badRecord
        default: .other
        }
    }
}
