internal import COpenSSL

/// What a certificate says about its holder, read from OpenSSL's object.
enum CertificateNames {
    /// The identity of a certificate that has been verified, or is just being.
    static func identity(
        of certificate: OpaquePointer
    ) throws(IdentityProblem) -> PeerIdentity {
        let index = unsafe X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1)
        guard index >= 0 else { throw .missing }
        // A second extension of the kind is forbidden; whoever took the first would be a guess.
        guard unsafe X509_get_ext_by_NID(certificate, NID_subject_alt_name, index) < 0 else {
            throw .malformed
        }
        guard let found = unsafe X509_get_ext(certificate, index),
            let value = unsafe X509_EXTENSION_get_data(found),
            let bytes = unsafe ASN1_STRING_get0_data(value)
        else { throw .malformed }
        let count = unsafe Int(ASN1_STRING_length(value))
        let buffer = unsafe UnsafeBufferPointer(start: bytes, count: count)
        return unsafe try SubjectNames.identity(buffer.span)
    }

    /// The serial number.
    static func serial(of certificate: OpaquePointer) -> CertificateSerial? {
        guard let serial = unsafe X509_get0_serialNumber(certificate),
            let bytes = unsafe ASN1_STRING_get0_data(serial)
        else { return nil }
        let count = unsafe max(0, Int(ASN1_STRING_length(serial)))
        return unsafe CertificateSerial(UnsafeBufferPointer(start: bytes, count: count).span)
    }

    /// The problem that makes a chain's certificate unacceptable whatever its names are.
    static func keyProblem(of certificate: OpaquePointer) -> IdentityProblem? {
        guard let key = unsafe X509_get0_pubkey(certificate) else { return .malformed }
        let isRSA = unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA
        let bits = unsafe EVP_PKEY_get_bits(key)
        return isRSA && bits > TLSLimits.rsaKeyBitsMax ? .keyTooLarge : nil
    }
}
