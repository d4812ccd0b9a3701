internal import COpenSSL

/// Makes the certificate of a peer small once everything has been read from it.
///
/// OpenSSL keeps the parsed certificate of a client as long as the connection lives: about 6 KiB of a
/// total of 20, for nothing, since sessions are never resumed and nobody looks again. There is no way
/// to take it back, but a certificate can be decoded a second time over an existing object, which
/// frees what it held: an empty one of 69 bytes takes its place.
enum PeerCertificate {
    /// A certificate with empty names, no extensions, and algorithms nobody knows (OID 1.2.3), so that
    /// no key object is made for it.
    private static let hollow: [UInt8] =
        [0x30, 0x43, 0x30, 0x38]  // Certificate, TBSCertificate
        + [0x02, 0x01, 0x00]  // serial number 0
        + algorithm
        + [0x30, 0x00]  // issuer
        + [0x30, 0x1E] + time + time  // validity
        + [0x30, 0x00]  // subject
        + [0x30, 0x09] + algorithm + emptyBits  // public key
        + algorithm + emptyBits  // signature
    private static let algorithm: [UInt8] = [0x30, 0x04, 0x06, 0x02, 0x2A, 0x03]
    private static let emptyBits: [UInt8] = [0x03, 0x01, 0x00]
    private static let time: [UInt8] = [0x17, 0x0D] + Array("700101000000Z".utf8)

    /// Empties `certificate`, which a session owns.
    ///
    /// A failed decode would drop one reference of the object it was to fill; the one taken here is
    /// there for it, so the session never points to memory that is gone.
    static func hollowOut(_ certificate: OpaquePointer) {
        guard unsafe X509_up_ref(certificate) == 1 else { return }
        OpenSSLErrors.clear()
        let isDone = unsafe hollow.withUnsafeBufferPointer { bytes in
            var object: OpaquePointer? = unsafe certificate
            var start = bytes.baseAddress
            return unsafe d2i_X509(&object, &start, bytes.count) != nil
        }
        if isDone { unsafe X509_free(certificate) }
        OpenSSLErrors.clear()
    }
}
