internal import COpenSSL

/// Makes every `SSL_CTX` there is: one place, so that no listener or client is less strict than
/// another (the lesson of GHSA-3wh4-j44w-pg92).
///
/// What is decided here and why:
/// - TLS 1.3 only. There is no renegotiation and no compression in it; both are switched off all
///   the same, in case the version is ever widened.
/// - No tickets, no session cache, no early data. Resumption skips the check of certificates, and
///   early data can be replayed, which a lock service must not allow.
/// - Buffers are given back when a connection is idle: 40 → 8 KiB of memory each.
/// - `AUTO_RETRY` is off, so that a flood of key updates returns to us after each one.
/// - On a server a missing close is a close: frames show what is missing. A client is told.
@safe
struct ContextBuilder: ~Copyable {
    private static let suites =
        "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"
    private static let groups = "X25519:P-256"
    private static let signatures =
        "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:RSA-PSS+SHA256:RSA-PSS+SHA384:"
        + "RSA-PSS+SHA512"
    /// At least 112 bits of security: RSA of 2048 bits, no SHA-1.
    private static let securityLevel: Int32 = 2

    private let pointer: OpaquePointer
    private let role: TLSRole
    private(set) var leaf: CertificateFacts?
    private(set) var authority: CertificateFacts?

    private init(_ role: TLSRole) throws(TLSError) {
        OpenSSLErrors.clear()
        let method = unsafe role == .server ? TLS_server_method() : TLS_client_method()
        guard let pointer = unsafe SSL_CTX_new(method) else {
            throw TLSError.library("make a TLS context")
        }
        unsafe self.pointer = pointer
        self.role = role
    }

    /// A context that trusts nobody and has no certificate yet.
    static func begin(
        _ role: TLSRole, _ protocols: ProtocolList
    ) throws(TLSError) -> ContextBuilder {
        let builder = try ContextBuilder(role)
        try builder.harden()
        try builder.offer(protocols)
        return builder
    }

    deinit {
        unsafe SSL_CTX_free(pointer)
    }

    private func harden() throws(TLSError) {
        unsafe SSL_CTX_set_security_level(pointer, Self.securityLevel)
        guard unsafe hf_ctx_only_tls13(pointer) == 1,
            unsafe SSL_CTX_set_ciphersuites(pointer, Self.suites) == 1,
            unsafe hf_ctx_set_groups(pointer, Self.groups) == 1,
            unsafe hf_ctx_set_signatures(pointer, Self.signatures) == 1,
            unsafe SSL_CTX_set_num_tickets(pointer, 0) == 1,
            unsafe SSL_CTX_set_max_early_data(pointer, 0) == 1
        else { throw TLSError.library("restrict TLS to what is safe") }
        var options =
            HF_SSL_OP_NO_TICKET | HF_SSL_OP_NO_RENEGOTIATION | HF_SSL_OP_NO_COMPRESSION
        if role == .server {
            options |= HF_SSL_OP_CIPHER_SERVER_PREFERENCE | HF_SSL_OP_PRIORITIZE_CHACHA
            options |= HF_SSL_OP_IGNORE_UNEXPECTED_EOF
        }
        unsafe SSL_CTX_set_options(pointer, options)
        let modes =
            SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
            | SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN
        unsafe hf_ctx_set_mode(pointer, Int(modes))
        unsafe hf_ctx_clear_mode(pointer, Int(SSL_MODE_AUTO_RETRY))
        unsafe hf_ctx_no_session_cache(pointer)
        unsafe hf_ctx_set_max_cert_list(pointer, TLSLimits.peerCertificateBytesMax)
        unsafe SSL_CTX_set_verify_depth(pointer, TLSLimits.chainDepthMax)
        unsafe SSL_CTX_set_info_callback(pointer, SessionCallbacks.info)
    }

    private func offer(_ protocols: ProtocolList) throws(TLSError) {
        switch role {
        case .server:
            unsafe ServerCallbacks.install(in: pointer, protocols)
        case .client where protocols.names.isEmpty: break
        case .client:
            let refused = unsafe protocols.wire.withUnsafeBufferPointer { wire in
                unsafe SSL_CTX_set_alpn_protos(pointer, wire.baseAddress, UInt32(wire.count))
            }
            guard refused == 0 else { throw TLSError.library("set the application protocols") }
        }
    }

    /// Our own certificate, its chain and its key, tested as a peer would.
    mutating func present(_ chain: PEMSource, _ keySource: PEMSource) throws(TLSError) {
        let certificates = try Certificate.readAll(
            chain, countMax: TLSLimits.chainCertificatesMax)
        let key = try PrivateKey.read(keySource)
        let leaf = certificates[0]
        guard leaf.matches(key) else {
            throw TLSError(
                .keyMismatch,
                "The private key in \(keySource.label) does not belong to the first certificate "
                    + "in \(chain.label): one of the two files is old, or the chain is not leaf "
                    + "first.")
        }
        try leaf.checkValidity(chain.label)
        guard leaf.serves(role) else {
            let usage = role == .server ? "serverAuth" : "clientAuth"
            throw TLSError(
                .wrongPurpose,
                "The certificate in \(chain.label) may not be used by a \(role): its extended "
                    + "key usage lacks \(usage).")
        }
        OpenSSLErrors.clear()
        guard unsafe SSL_CTX_use_certificate(pointer, leaf.pointer) == 1,
            unsafe SSL_CTX_use_PrivateKey(pointer, key.pointer) == 1,
            unsafe SSL_CTX_check_private_key(pointer) == 1
        else {
            let detail = OpenSSLErrors.drain()
            throw TLSError(
                .keyUnsuitable,
                "The certificate in \(chain.label) or its key is too weak or of a kind that "
                    + "TLS 1.3 does not know: use ECDSA P-256.", detail: detail)
        }
        try addIntermediates(certificates, chain.label)
        self.leaf = leaf.facts
    }

    private func addIntermediates(
        _ certificates: [Certificate], _ label: String
    ) throws(TLSError) {
        for index in certificates.indices.dropFirst() {
            guard certificates[index - 1].isIssued(by: certificates[index]) else {
                throw TLSError(
                    .chainOutOfOrder,
                    "Certificate \(index + 1) in \(label) is not the issuer of the one before "
                        + "it: put the leaf first, then each one's issuer.")
            }
            try certificates[index].checkValidity(label)
            guard unsafe hf_ctx_add_chain(pointer, certificates[index].pointer) == 1 else {
                throw TLSError.library("use the certificate chain in \(label)")
            }
        }
    }

    /// Trusts the certificates of a file and nothing else. An expired one among them is no
    /// error, for bundles hold several during a change of CA; it verifies nobody.
    mutating func trust(_ source: PEMSource) throws(TLSError) {
        let certificates = try Certificate.readAll(
            source, countMax: TLSLimits.trustedCertificatesMax)
        let store = unsafe SSL_CTX_get_cert_store(pointer)
        for (index, certificate) in certificates.enumerated() {
            OpenSSLErrors.clear()
            guard unsafe X509_STORE_add_cert(store, certificate.pointer) == 1 else {
                throw TLSError.library("trust certificate \(index + 1) in \(source.label)")
            }
            if role == .server, index < TLSLimits.advertisedAuthoritiesMax {
                unsafe SSL_CTX_add_client_CA(pointer, certificate.pointer)
            }
            let facts = certificate.facts
            let known = authority?.notAfterMilliseconds ?? .max
            if facts.notAfterMilliseconds < known { authority = facts }
        }
    }

    /// Trusts what the system trusts.
    func trustSystem() throws(TLSError) {
        OpenSSLErrors.clear()
        guard unsafe SSL_CTX_set_default_verify_paths(pointer) == 1 else {
            throw TLSError.library("find the system's trusted certificates")
        }
    }

    /// Makes the peer's certificate be verified.
    func verifyPeer(isRequired: Bool) {
        let required = isRequired ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0
        let callback = unsafe role == .server ? ServerCallbacks.verify : SessionCallbacks.verify
        unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER | required, callback)
    }

    /// A reference to the context, for its immutable owner to free.
    func share() -> OpaquePointer {
        unsafe SSL_CTX_up_ref(pointer)
        return unsafe pointer
    }
}
