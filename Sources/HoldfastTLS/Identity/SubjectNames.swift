/// Reads the subject alternative names of a certificate (RFC 5280, 4.2.1.6) without building
/// them in memory.
///
/// The extension is `SEQUENCE OF GeneralName`, and a general name is a context-tagged value: a
/// URI is `[6] IA5String`, a DNS name `[2] IA5String`. One pass, no allocation but the name that
/// is returned, and a bound on the names looked at: a certificate with a thousand names costs as
/// much as one with `TLSLimits.subjectNamesMax`. Whoever holds a certificate of a trusted CA may
/// have chosen these bytes, so every length is checked and `Span` checks every index again.
enum SubjectNames {
    private static let sequence: UInt8 = 0x30
    private static let dnsName: UInt8 = 0x82
    private static let uri: UInt8 = 0x86

    /// The one identity in the extension's value: its only URI, else its first DNS name.
    static func identity(_ der: Span<UInt8>) throws(IdentityProblem) -> PeerIdentity {
        let outer = try element(der, at: 0)
        guard outer.tag == sequence, outer.content.upperBound == der.count else {
            throw .malformed
        }
        var position = outer.content.lowerBound
        var count = 0
        var firstURI: Range<Int>?
        var firstDNS: Range<Int>?
        while position < der.count {
            count += 1
            guard count <= TLSLimits.subjectNamesMax else { throw .tooManyNames }
            let name = try element(der, at: position)
            position = name.content.upperBound
            if name.tag == uri {
                guard firstURI == nil else { throw .ambiguous }
                firstURI = name.content
            } else if name.tag == dnsName, firstDNS == nil {
                firstDNS = name.content
            }
        }
        if let firstURI {
            return try PeerIdentity(.uri, bytes: der.extracting(firstURI))
        }
        guard let firstDNS else { throw .missing }
        return try PeerIdentity(.dns, bytes: der.extracting(firstDNS))
    }

    /// The tag at a position and where its content lies. Lengths of at most three octets: the
    /// whole certificate message is bounded far below 16 MiB.
    private static func element(
        _ der: Span<UInt8>, at position: Int
    ) throws(IdentityProblem) -> (tag: UInt8, content: Range<Int>) {
        guard position + 2 <= der.count else { throw .malformed }
        let tag = der[position]
        let first = Int(der[position + 1])
        var start = position + 2
        var length = first
        if first >= 0x80 {
            let octets = first & 0x7f
            guard octets >= 1, octets <= 3, start + octets <= der.count else { throw .malformed }
            length = 0
            for index in start..<(start + octets) {
                length = length << 8 | Int(der[index])
            }
            start += octets
        }
        guard length <= der.count - start else { throw .malformed }
        return (tag, start..<(start + length))
    }
}
