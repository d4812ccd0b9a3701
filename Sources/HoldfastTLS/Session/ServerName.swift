internal import COpenSSL

/// The name a client demands of the server: a DNS name, or an IP address.
struct ServerName {
    private let text: String

    /// Refuses what OpenSSL would not check as the caller means: an empty name (no check at
    /// all), a leading dot (any name below), a NUL (only what is before it).
    init(_ name: String) throws(TLSError) {
        var text = Substring(name)
        if text.hasPrefix("["), text.hasSuffix("]") { text = text.dropFirst().dropLast() }
        guard !text.isEmpty else {
            throw TLSError(
                .invalidServerName,
                "The server name is empty: it must be the DNS name or IP address in the "
                    + "server's certificate.")
        }
        let bytes = text.utf8
        let isAdmitted = bytes.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x3a, 0x5f: true
            default: false
            }
        }
        guard isAdmitted, bytes.first != 0x2e, bytes.count <= TLSLimits.dnsNameBytesMax else {
            throw TLSError(
                .invalidServerName,
                "The server name is neither a DNS name (in ASCII) nor an IP address.")
        }
        self.text = String(text)
    }

    /// Makes the session check the name, and tell it to the server when it is a DNS name
    /// (RFC 6066 forbids telling an address). False when OpenSSL refuses.
    @safe
    func demand(of ssl: OpaquePointer) -> Bool {
        OpenSSLErrors.clear()
        let parameters = unsafe SSL_get0_param(ssl)
        if unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, text) == 1 { return true }
        OpenSSLErrors.clear()
        unsafe SSL_set_hostflags(
            ssl, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
        return unsafe SSL_set1_host(ssl, text) == 1 && hf_ssl_set_server_name(ssl, text) == 1
    }
}
