/// Who is at the other end: the one name of a verified certificate.
///
/// It is the certificate's URI name (`spiffe://…`, `holdfast://…`), else its first DNS name, and
/// never the common name, which authorities do not constrain. Only printable ASCII is admitted,
/// and a URI has a colon where a DNS name cannot have one, so two kinds of names never have the
/// same text and the text is safe in a log line.
package struct PeerIdentity: Hashable, Sendable, CustomStringConvertible {
    /// Which of the certificate's names it is.
    package enum Kind: Hashable, Sendable {
        /// A URI; the text is exactly that of the certificate.
        case uri
        /// A DNS name; the text is in lower case.
        case dns
    }

    /// Which of the certificate's names it is.
    package let kind: Kind
    /// The name, 1…512 printable ASCII bytes.
    package let text: String

    /// The identity of this kind and text; `nil` when no certificate could give it.
    package init?(_ kind: Kind, _ text: String) {
        let bytes = Array(text.utf8)
        guard let identity = try? Self(kind, bytes: bytes.span) else { return nil }
        self = identity
    }

    init(_ kind: Kind, bytes: Span<UInt8>) throws(IdentityProblem) {
        let isAdmitted =
            switch kind {
            case .uri: Self.isURI(bytes)
            case .dns: Self.isDNSName(bytes)
            }
        guard isAdmitted else { throw .malformed }
        self.kind = kind
        self.text = unsafe String(unsafeUninitializedCapacity: bytes.count) { buffer in
            for index in bytes.indices {
                let byte = bytes[index]
                let isUpper = kind == .dns && byte >= 0x41 && byte <= 0x5a
                unsafe buffer[index] = isUpper ? byte | 0x20 : byte
            }
            return bytes.count
        }
    }

    /// The text with quotes and backslashes escaped.
    package var description: String {
        var escaped = ""
        for character in text {
            if character == "\"" || character == "\\" { escaped.append("\\") }
            escaped.append(character)
        }
        return escaped
    }

    /// `scheme:rest`, printable ASCII without blanks (so no NUL, no control characters).
    private static func isURI(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count <= TLSLimits.identityBytesMax else { return false }
        var colon = -1
        for index in bytes.indices {
            let byte = bytes[index]
            guard byte > 0x20, byte < 0x7f else { return false }
            if byte == 0x3a, colon < 0 { colon = index }
        }
        guard colon > 0, colon < bytes.count - 1, isLetter(bytes[0]) else { return false }
        for index in 0..<colon {
            let byte = bytes[index]
            let isMark = byte == 0x2b || byte == 0x2d || byte == 0x2e
            guard isLetter(byte) || isDigit(byte) || isMark else { return false }
        }
        return true
    }

    /// Letters, digits, `-`, `_` and dots; no wildcard, which is a pattern and not a name.
    private static func isDNSName(_ bytes: Span<UInt8>) -> Bool {
        guard !bytes.isEmpty, bytes.count <= TLSLimits.dnsNameBytesMax else { return false }
        guard bytes[0] != 0x2e, bytes[bytes.count - 1] != 0x2e else { return false }
        for index in bytes.indices {
            let byte = bytes[index]
            let isMark = byte == 0x2d || byte == 0x2e || byte == 0x5f
            guard isLetter(byte) || isDigit(byte) || isMark else { return false }
        }
        return true
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= 0x30 && byte <= 0x39
    }
}
