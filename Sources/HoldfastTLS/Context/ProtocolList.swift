internal import COpenSSL

/// The application protocols of one context, in order of preference, in ALPN's wire form
/// (RFC 7301): a length octet before each name.
///
/// It is a class because OpenSSL's callback is handed a pointer to it; the context owns it and
/// every session owns its context, so it outlives every call.
final class ProtocolList: Sendable {
    let names: [String]
    let wire: [UInt8]

    /// None at all: for a client of servers that know of no application protocols, such as Redis.
    init() {
        names = []
        wire = []
    }

    init(_ names: [String]) throws(TLSError) {
        guard !names.isEmpty, names.count <= TLSLimits.protocolsMax else {
            throw TLSError(
                .invalidProtocols,
                "Between 1 and \(TLSLimits.protocolsMax) application protocols are needed.")
        }
        var wire: [UInt8] = []
        for name in names {
            guard !name.isEmpty, name.utf8.count <= 255 else {
                throw TLSError(.invalidProtocols, "A protocol name has 1 to 255 bytes.")
            }
            wire.append(UInt8(name.utf8.count))
            wire.append(contentsOf: name.utf8)
        }
        self.names = names
        self.wire = wire
    }

    /// Where in the client's list the protocol lies that we like best; `nil` when there is none
    /// in common or the list is malformed.
    ///
    /// By hand, for `SSL_select_next_proto` has read past a list's end (CVE-2024-5535) and
    /// answers with our own first protocol when nothing matches.
    func choose(from offered: Span<UInt8>) -> Range<Int>? {
        for name in names {
            var position = 0
            while position < offered.count {
                let start = position + 1
                let end = start + Int(offered[position])
                guard end > start, end <= offered.count else { return nil }
                if Self.isEqual(offered.extracting(start..<end), name) { return start..<end }
                position = end
            }
        }
        return nil
    }

    private static func isEqual(_ bytes: Span<UInt8>, _ name: String) -> Bool {
        guard bytes.count == name.utf8.count else { return false }
        var index = 0
        for byte in name.utf8 {
            guard bytes[index] == byte else { return false }
            index += 1
        }
        return true
    }

    /// The protocol a session has agreed on.
    @safe
    func selected(by ssl: OpaquePointer) -> String? {
        var start: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(ssl, &start, &count)
        guard count > 0, let start = unsafe start else { return nil }
        let bytes = unsafe UnsafeBufferPointer(start: start, count: Int(count)).span
        // Unrolled by hand because closures cannot capture a span.
        for name in names where Self.isEqual(bytes, name) { return name }
        return nil
    }
}
