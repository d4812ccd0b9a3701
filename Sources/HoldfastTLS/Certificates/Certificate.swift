internal import COpenSSL
internal import Glibc

/// Owner of an X.509 certificate.
@safe
final class Certificate {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe X509_free(pointer)
    }

    /// All certificates of a PEM file, in its order: at least one, at most `countMax`.
    static func readAll(_ source: PEMSource, countMax: Int) throws(TLSError) -> [Certificate] {
        let bio = try MemoryBIO(source.read())
        var found: [Certificate] = []
        OpenSSLErrors.clear()
        while let pointer = unsafe PEM_read_bio_X509(bio.pointer, nil, nil, nil) {
            unsafe found.append(Certificate(owning: pointer))
            guard found.count <= countMax else {
                throw TLSError(
                    .tooManyCertificates,
                    "\(source.label) holds more than \(countMax) certificates.")
            }
        }
        // The end of the file is reported as "no start line"; anything else is a damaged block.
        let last = ERR_peek_last_error()
        let atEnd =
            ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE
        let detail = OpenSSLErrors.drain()
        guard !found.isEmpty, atEnd else {
            throw TLSError(
                .notPEM,
                found.isEmpty
                    ? "There is no certificate in \(source.label): it must hold a PEM block "
                        + "'BEGIN CERTIFICATE'."
                    : "A certificate in \(source.label) cannot be decoded: the file is damaged.",
                detail: detail)
        }
        return found
    }

    /// The certificate as PEM text.
    func pem() throws(TLSError) -> [UInt8] {
        let bio = try MemoryBIO()
        OpenSSLErrors.clear()
        guard unsafe PEM_write_bio_X509(bio.pointer, pointer) == 1 else {
            throw TLSError.library("write a certificate")
        }
        return bio.bytes
    }

    var facts: CertificateFacts {
        CertificateFacts(
            notBeforeMilliseconds: unsafe Self.milliseconds(X509_get0_notBefore(pointer)),
            notAfterMilliseconds: unsafe Self.milliseconds(X509_get0_notAfter(pointer)),
            serial: unsafe CertificateNames.serial(of: pointer)?.description ?? "",
            identity: unsafe try? CertificateNames.identity(of: pointer))
    }

    func matches(_ key: PrivateKey) -> Bool {
        OpenSSLErrors.clear()
        let matches = unsafe X509_check_private_key(pointer, key.pointer) == 1
        OpenSSLErrors.clear()
        return matches
    }

    /// Whether `issuer`'s name and key identifier are those this certificate says it is from.
    func isIssued(by issuer: Certificate) -> Bool {
        unsafe X509_check_issued(issuer.pointer, pointer) == X509_V_OK
    }

    func isSigned(by issuer: Certificate) -> Bool {
        OpenSSLErrors.clear()
        defer { OpenSSLErrors.clear() }
        guard let key = unsafe X509_get0_pubkey(issuer.pointer) else { return false }
        return unsafe X509_verify(pointer, key) == 1
    }

    /// Whether extended key usage, where there is one, allows this end of a connection.
    func serves(_ role: TLSRole) -> Bool {
        let purpose = role == .server ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT
        return unsafe X509_check_purpose(pointer, purpose, 0) == 1
    }

    /// Refuses a certificate that no peer would accept now.
    func checkValidity(_ label: String) throws(TLSError) {
        let facts = facts
        let now = Self.nowMilliseconds()
        guard facts.notAfterMilliseconds > now else {
            throw TLSError(
                .certificateExpired,
                "The certificate in \(label) expired \(Self.age(now - facts.notAfterMilliseconds))"
                    + " ago: renew it.")
        }
        guard facts.notBeforeMilliseconds <= now else {
            throw TLSError(
                .certificateNotYetValid,
                "The certificate in \(label) becomes valid in "
                    + "\(Self.age(facts.notBeforeMilliseconds - now)): check this machine's clock.")
        }
    }

    /// Wall-clock time: what certificates are dated by.
    static func nowMilliseconds() -> Int64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }

    private static func age(_ milliseconds: Int64) -> String {
        let hours = milliseconds / 3_600_000
        if hours >= 48 { return "\(hours / 24) days" }
        return hours >= 2 ? "\(hours) hours" : "\(milliseconds / 60_000) minutes"
    }

    /// A time that cannot be read is the beginning of time: expired.
    private static func milliseconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        var seconds: Int64 = 0
        guard unsafe hf_time_seconds(time, &seconds) == 1 else { return 0 }
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? 0 : product
    }
}
