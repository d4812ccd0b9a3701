internal import COpenSSL

/// What OpenSSL calls on a server: for the ClientHello, to choose the protocol, and for each
/// certificate of a client's chain.
enum ServerCallbacks {
    private static let alpnExtension: UInt32 = 16
    private static let supportedVersionsExtension: UInt32 = 43

    /// `protocols` must live as long as the context and its sessions; `TLSContext` sees to it.
    static func install(in context: OpaquePointer, _ protocols: ProtocolList) {
        let list = unsafe Unmanaged.passUnretained(protocols).toOpaque()
        unsafe SSL_CTX_set_client_hello_cb(context, hello, nil)
        unsafe SSL_CTX_set_alpn_select_cb(context, select, list)
    }

    /// A client without ALPN is refused before any key is computed. One without TLS 1.3 is left
    /// to OpenSSL, so that it reads `protocol_version` and not a complaint about ALPN.
    private static let hello: SSL_client_hello_cb_fn = { ssl, alert, _ in
        guard let ssl = unsafe ssl, unsafe offersTLS13(ssl) else { return SSL_CLIENT_HELLO_SUCCESS }
        var start: UnsafePointer<UInt8>?
        var count = 0
        if unsafe SSL_client_hello_get0_ext(ssl, alpnExtension, &start, &count) == 1 {
            return SSL_CLIENT_HELLO_SUCCESS
        }
        unsafe alert?.pointee = SSL_AD_NO_APPLICATION_PROTOCOL
        return SSL_CLIENT_HELLO_ERROR
    }

    /// Reads the list of versions: a length octet, then two octets for each.
    private static func offersTLS13(_ ssl: OpaquePointer) -> Bool {
        var start: UnsafePointer<UInt8>?
        var count = 0
        guard
            unsafe SSL_client_hello_get0_ext(ssl, supportedVersionsExtension, &start, &count) == 1,
            let start = unsafe start
        else { return false }
        let versions = unsafe UnsafeBufferPointer(start: start, count: count).span
        var position = 1
        while position + 1 < versions.count {
            if versions[position] == 0x03, versions[position + 1] == 0x04 { return true }
            position += 2
        }
        return false
    }

    /// Our order of preference; when nothing matches, the handshake ends.
    private static let select: SSL_CTX_alpn_select_cb_func = {
        _, chosen, chosenCount, offered, offeredCount, list in
        guard let list = unsafe list, let offered = unsafe offered else {
            return SSL_TLSEXT_ERR_ALERT_FATAL
        }
        let protocols = unsafe Unmanaged<ProtocolList>.fromOpaque(list).takeUnretainedValue()
        let bytes = unsafe UnsafeBufferPointer(start: offered, count: Int(offeredCount))
        guard let range = unsafe protocols.choose(from: bytes.span) else {
            return SSL_TLSEXT_ERR_ALERT_FATAL
        }
        // OpenSSL copies the name before the client's list goes away.
        unsafe chosen?.pointee = offered + range.lowerBound
        unsafe chosenCount?.pointee = UInt8(range.count)
        return SSL_TLSEXT_ERR_OK
    }

    /// Refuses, while an alert can still be sent, a client's certificate that verifies but does
    /// not tell who its holder is.
    static let verify: SessionCallbacks.Verify = { isVerified, store in
        let isAccepted = unsafe SessionCallbacks.verify(isVerified, store)
        guard isAccepted == 1, let store = unsafe store,
            unsafe X509_STORE_CTX_get_error_depth(store) == 0,
            let certificate = unsafe X509_STORE_CTX_get_current_cert(store)
        else { return isAccepted }
        do throws(IdentityProblem) {
            _ = unsafe try CertificateNames.identity(of: certificate)
            return 1
        } catch {
            unsafe SessionCallbacks.refuse(store, error)
            return 0
        }
    }
}
