internal import Glibc

/// A name for a certificate to be issued, as its subject alternative name holds it.
package struct SubjectName: Hashable, Sendable {
    /// The tag of the general name in DER.
    let tag: UInt8
    /// The name as it is encoded.
    let bytes: [UInt8]

    private init(tag: UInt8, bytes: [UInt8]) {
        self.tag = tag
        self.bytes = bytes
    }

    /// A URI: who a client is, such as `holdfast://dev/client` or a SPIFFE id.
    package static func uri(_ text: String) throws(TLSError) -> SubjectName {
        guard PeerIdentity(.uri, text) != nil else {
            throw TLSError(
                .invalidSubject,
                "A URI name is 'scheme:rest' of at most \(TLSLimits.identityBytesMax) printable "
                    + "ASCII characters without blanks.")
        }
        return SubjectName(tag: 0x86, bytes: Array(text.utf8))
    }

    /// A DNS name, or a wildcard for one label: where a server is reached.
    package static func dns(_ text: String) throws(TLSError) -> SubjectName {
        let fixed = text.hasPrefix("*.") ? String(text.dropFirst(2)) : text
        guard PeerIdentity(.dns, fixed) != nil else {
            throw TLSError(
                .invalidSubject,
                "A DNS name has letters, digits, '-', '_' and dots, with '*.' only in front.")
        }
        return SubjectName(tag: 0x82, bytes: Array(text.utf8))
    }

    /// An IPv4 or IPv6 address in text form.
    package static func address(_ text: String) throws(TLSError) -> SubjectName {
        var bytes = [UInt8](repeating: 0, count: 16)
        let isShort = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe inet_pton(AF_INET, text, buffer.baseAddress) == 1
        }
        if isShort { return SubjectName(tag: 0x87, bytes: Array(bytes[..<4])) }
        let isLong = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe inet_pton(AF_INET6, text, buffer.baseAddress) == 1
        }
        guard isLong else {
            throw TLSError(.invalidSubject, "This is not an IP address.")
        }
        return SubjectName(tag: 0x87, bytes: bytes)
    }

    /// What a server is reached by: an address where it can be one, else a DNS name.
    package static func host(_ text: String) throws(TLSError) -> SubjectName {
        if let address = try? address(text) { return address }
        return try dns(text)
    }

    /// Any bytes under any tag: for tests of what a hostile CA could sign.
    package static func unchecked(tag: UInt8, _ bytes: [UInt8]) -> SubjectName {
        SubjectName(tag: tag, bytes: bytes)
    }

    /// The value of the extension in DER. By hand, because OpenSSL's own text form would let a
    /// comma in a name begin another one.
    static func encode(_ names: [SubjectName]) -> [UInt8] {
        var content: [UInt8] = []
        for name in names { append(name.tag, name.bytes, to: &content) }
        var whole: [UInt8] = []
        append(0x30, content, to: &whole)
        return whole
    }

    private static func append(_ tag: UInt8, _ content: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(tag)
        let count = content.count
        switch count {
        case ..<0x80:
            bytes.append(UInt8(count))
        case ..<0x100:
            bytes += [0x81, UInt8(count)]
        case ..<0x1_0000:
            bytes += [0x82, UInt8(count >> 8), UInt8(count & 0xff)]
        default:
            bytes += [0x83, UInt8(count >> 16 & 0xff)]
            bytes += [UInt8(count >> 8 & 0xff), UInt8(count & 0xff)]
        }
        bytes += content
    }
}
