internal import COpenSSL

/// What OpenSSL calls on both ends. A callback gets everything from its arguments and leaves
/// what it has to say in the session's note.
enum SessionCallbacks {
    typealias Verify = @convention(c) (Int32, OpaquePointer?) -> Int32
    typealias Info = @convention(c) (OpaquePointer?, Int32, Int32) -> Void

    /// Refuses a chain with a key that is too expensive to verify with. OpenSSL asks from the
    /// CA downwards, each certificate before its key is used.
    static let verify: Verify = { isVerified, store in
        guard isVerified == 1, let store = unsafe store,
            let certificate = unsafe X509_STORE_CTX_get_current_cert(store)
        else { return isVerified }
        guard let problem = unsafe CertificateNames.keyProblem(of: certificate) else { return 1 }
        unsafe refuse(store, problem)
        return 0
    }

    /// Counts handshake messages. After the handshake, with TLS 1.3 and no tickets, these are
    /// key updates; OpenSSL tells of them as steps and not as the start of a handshake.
    static let info: Info = { ssl, event, _ in
        guard event & SSL_CB_LOOP != 0, let ssl = unsafe ssl else { return }
        var note = SessionNote(of: ssl)
        note.messages &+= 1
        note.store(in: ssl)
    }

    /// Notes the reason, and makes OpenSSL send `bad_certificate`.
    static func refuse(_ store: OpaquePointer, _ problem: IdentityProblem) {
        unsafe X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED)
        guard let ssl = unsafe hf_store_ctx_ssl(store) else { return }
        var note = SessionNote(of: ssl)
        note.problem = problem
        note.store(in: ssl)
    }
}
