internal import COpenSSL

/// The OpenSSL that is linked at run time, as it names itself.
package enum TLSLibrary {
    package static var version: String {
        guard let text = unsafe OpenSSL_version(OPENSSL_VERSION) else { return "OpenSSL" }
        return unsafe String(cString: text)
    }
}
