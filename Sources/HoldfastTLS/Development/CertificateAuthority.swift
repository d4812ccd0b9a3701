internal import COpenSSL

/// A small certificate authority for development, tests and small installations.
///
/// ECDSA P-256 throughout, random serial numbers of 127 bits, key usage as RFC 5280 wants it.
/// It keeps no list of what it has issued and revokes nothing: leaves are short-lived instead.
package final class CertificateAuthority {
    private let certificate: Certificate
    private let key: PrivateKey
    /// Own certificates that must follow each leaf: empty for a root.
    private let chainPEM: [UInt8]

    private init(_ certificate: Certificate, _ key: PrivateKey, chainPEM: [UInt8]) {
        self.certificate = certificate
        self.key = key
        self.chainPEM = chainPEM
    }

    /// A new root.
    package static func makeRoot(
        commonName: String, days: Int = 365
    ) throws(TLSError) -> CertificateAuthority {
        let key = try PrivateKey.generate()
        let request = CertificateRequest(
            commonName: commonName, names: [], purpose: .authority, days: days)
        let certificate = try build(request, key, issuer: nil, issuerKey: key)
        return CertificateAuthority(certificate, key, chainPEM: [])
    }

    /// The root whose certificate and key are in these files.
    package init(certificate: PEMSource, key: PEMSource) throws(TLSError) {
        self.certificate = try Certificate.readAll(certificate, countMax: 1)[0]
        self.key = try PrivateKey.read(key)
        self.chainPEM = []
        guard self.certificate.matches(self.key) else {
            throw TLSError(
                .keyMismatch,
                "The key in \(key.label) does not belong to the CA in \(certificate.label).")
        }
    }

    /// A CA below this one.
    package func makeIntermediate(
        commonName: String, days: Int = 180
    ) throws(TLSError) -> CertificateAuthority {
        let key = try PrivateKey.generate()
        let request = CertificateRequest(
            commonName: commonName, names: [], purpose: .authority, days: days)
        let made = try Self.build(request, key, issuer: certificate, issuerKey: self.key)
        return CertificateAuthority(made, key, chainPEM: try made.pem() + chainPEM)
    }

    /// A new certificate with a new key.
    package func issue(_ request: CertificateRequest) throws(TLSError) -> IssuedCertificate {
        let key = try PrivateKey.generate()
        let made = try Self.build(request, key, issuer: certificate, issuerKey: self.key)
        return IssuedCertificate(
            certificatePEM: try made.pem() + chainPEM, keyPEM: try key.pem())
    }

    /// The CA's own certificate, for others to trust.
    package func certificatePEM() throws(TLSError) -> [UInt8] { try certificate.pem() }

    /// The CA's own key. Whoever has it can be everybody.
    package func keyPEM() throws(TLSError) -> [UInt8] { try key.pem() }

    /// What an operator wants to know about the CA.
    package var facts: CertificateFacts { certificate.facts }

    /// Whether this CA has signed the first certificate of the file.
    func hasSigned(_ leaf: Certificate) -> Bool {
        leaf.isIssued(by: certificate) && leaf.isSigned(by: certificate)
    }

    // MARK: Building

    private static func build(
        _ request: CertificateRequest, _ key: PrivateKey, issuer: Certificate?,
        issuerKey: PrivateKey
    ) throws(TLSError) -> Certificate {
        OpenSSLErrors.clear()
        guard let pointer = unsafe X509_new() else {
            throw TLSError.library("make a certificate")
        }
        let made = unsafe Certificate(owning: pointer)
        let issuer = issuer ?? made
        try setSubject(made, request.commonName)
        try setSerial(made)
        let name = unsafe X509_get_subject_name(issuer.pointer)
        guard unsafe X509_set_version(pointer, Int(X509_VERSION_3)) == 1,
            unsafe X509_set_issuer_name(pointer, name) == 1,
            unsafe X509_set_pubkey(pointer, key.pointer) == 1,
            unsafe X509_gmtime_adj(X509_getm_notBefore(pointer), request.validFromSeconds) != nil,
            unsafe X509_gmtime_adj(X509_getm_notAfter(pointer), request.validUntilSeconds) != nil
        else { throw TLSError.library("fill in a certificate") }
        try addExtensions(made, request, issuer)
        guard unsafe X509_sign(pointer, issuerKey.pointer, EVP_sha256()) > 0 else {
            throw TLSError.library("sign a certificate")
        }
        return made
    }

    private static func setSubject(
        _ certificate: Certificate, _ commonName: String
    ) throws(TLSError) {
        let bytes = Array(commonName.utf8)
        // RFC 5280 allows 64 characters.
        guard !bytes.isEmpty, bytes.count <= 64, !bytes.contains(0) else {
            throw TLSError(.invalidSubject, "A common name has 1 to 64 bytes.")
        }
        let name = unsafe X509_get_subject_name(certificate.pointer)
        let added = unsafe X509_NAME_add_entry_by_NID(
            name, NID_commonName, MBSTRING_UTF8, bytes, Int32(bytes.count), -1, 0)
        guard added == 1 else { throw TLSError.library("set the name of a certificate") }
    }

    private static func setSerial(_ certificate: Certificate) throws(TLSError) {
        var random = SystemRandomNumberGenerator()
        // Positive, and the same length always: the top bit is 0 and the next one 1.
        let high = random.next() & 0x7fff_ffff_ffff_ffff | 0x4000_0000_0000_0000
        let low = random.next() as UInt64
        var bytes: [UInt8] = []
        for word in [high, low] {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        let serial = unsafe X509_get_serialNumber(certificate.pointer)
        guard unsafe ASN1_STRING_set(serial, bytes, Int32(bytes.count)) == 1 else {
            throw TLSError.library("number a certificate")
        }
    }

    private static func addExtensions(
        _ certificate: Certificate, _ request: CertificateRequest, _ issuer: Certificate
    ) throws(TLSError) {
        var values: [(Int32, String)] = [(NID_subject_key_identifier, "hash")]
        switch request.purpose {
        case .authority:
            values.append((NID_basic_constraints, "critical,CA:TRUE"))
            values.append((NID_key_usage, "critical,keyCertSign,cRLSign"))
        case .server, .client:
            let usage = request.purpose == .server ? "serverAuth" : "clientAuth"
            values.append((NID_basic_constraints, "critical,CA:FALSE"))
            values.append((NID_key_usage, "critical,digitalSignature"))
            values.append((NID_ext_key_usage, usage))
        }
        // After the subject's key identifier, which a root's own refers to.
        values.append((NID_authority_key_identifier, "keyid:always"))
        for (kind, value) in values {
            let added = unsafe hf_add_extension(
                certificate.pointer, issuer.pointer, kind, value)
            guard added == 1 else { throw TLSError.library("extend a certificate") }
        }
        if !request.names.isEmpty { try addNames(certificate, request.names) }
    }

    private static func addNames(
        _ certificate: Certificate, _ names: [SubjectName]
    ) throws(TLSError) {
        let der = SubjectName.encode(names)
        guard let value = unsafe ASN1_OCTET_STRING_new() else {
            throw TLSError.library("name a certificate")
        }
        defer { unsafe ASN1_OCTET_STRING_free(value) }
        guard unsafe ASN1_OCTET_STRING_set(value, der, Int32(der.count)) == 1,
            let made = unsafe X509_EXTENSION_create_by_NID(nil, NID_subject_alt_name, 0, value)
        else { throw TLSError.library("name a certificate") }
        defer { unsafe X509_EXTENSION_free(made) }
        guard unsafe X509_add_ext(certificate.pointer, made, -1) == 1 else {
            throw TLSError.library("name a certificate")
        }
    }
}
