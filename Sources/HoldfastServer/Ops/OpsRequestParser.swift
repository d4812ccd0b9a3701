/// Reads the head of one HTTP/1 request. Pure, and bounded by `headBytesMax`.
///
/// Only what probes and scrapers send is understood (RFC 9112): GET and HEAD, a path, header fields
/// that are checked and otherwise ignored. A body is not read, since the connection ends after the
/// answer. Whatever is ambiguous there (a bare CR, a folded line, a blank before a colon, two Host
/// fields) is refused, not guessed at.
struct OpsRequestParser {
    /// Larger heads are refused.
    static let headBytesMax = 8 << 10
    /// What every TLS connection begins with.
    private static let handshakeRecord: UInt8 = 0x16

    /// What received bytes lead to.
    enum OnBytes: Hashable {
        /// The head is not complete.
        case needsMore
        /// A request, complete.
        case request(OpsRequest)
        /// No request that is served; the words are for whoever sent it.
        case refused(OpsStatus, String)
    }

    private var head: [UInt8] = []
    /// Where the search for the end of the head goes on.
    private var searched = 0

    /// Takes bytes as they come. What is behind the head is ignored.
    mutating func receive(_ bytes: some Sequence<UInt8>) -> OnBytes {
        for byte in bytes {
            // An empty line before a request is allowed, once or more (RFC 9112, 2.2).
            if head.isEmpty, byte == 0x0D || byte == 0x0A, searched < Self.headBytesMax {
                searched += 1
                continue
            }
            // A TLS client waits for us to speak, and we would wait for the end of its head.
            if head.isEmpty, byte == Self.handshakeRecord {
                return .refused(
                    .badRequest, "this port speaks plain HTTP, without TLS, to probes and scrapers")
            }
            head.append(byte)
            if byte == 0x0A, head.suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A] { return finish() }
            if head.count + searched >= Self.headBytesMax {
                return .refused(.headTooLarge, "the head is larger than \(Self.headBytesMax) bytes")
            }
        }
        return .needsMore
    }

    private func finish() -> OnBytes {
        guard let text = String(validating: head, as: UTF8.self),
            text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || [0x09, 0x0A, 0x0D].contains($0) })
        else { return .refused(.badRequest, "bytes that are no text in the head") }
        // Without the empty line at its end the head is lines that end in CR LF, with no other CR.
        var lines: [Substring.UTF8View] = []
        for line in text.utf8.dropLast(3).split(separator: 0x0A, omittingEmptySubsequences: false) {
            guard line.last == 0x0D, !line.dropLast().contains(0x0D) else {
                return .refused(.badRequest, "a line that does not end in CR LF")
            }
            lines.append(line.dropLast())
        }
        return request(lines)
    }

    private func request(_ lines: [Substring.UTF8View]) -> OnBytes {
        let words = (lines.first ?? Substring("").utf8).split(
            separator: 0x20, omittingEmptySubsequences: false
        ).map { String(Substring($0)) }
        guard words.count == 3, Self.isToken(words[0]) else {
            return .refused(.badRequest, "not METHOD PATH HTTP/1.1")
        }
        guard words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else {
            let isOther = words[2].hasPrefix("HTTP/") && words[2].utf8.count == 8
            return isOther
                ? .refused(.versionNotSupported, "HTTP/1.1 only")
                : .refused(.badRequest, "not METHOD PATH HTTP/1.1")
        }
        var hosts = 0
        for line in lines.dropFirst() {
            let field = String(Substring(line))
            guard let colon = field.firstIndex(of: ":"), Self.isToken(String(field[..<colon]))
            else {
                return .refused(.badRequest, "not NAME: VALUE")
            }
            if field[..<colon].lowercased() == "host" { hosts += 1 }
        }
        if hosts > 1 || (hosts == 0 && words[2] == "HTTP/1.1") {
            return .refused(.badRequest, "one Host field is needed")
        }
        guard let method = OpsRequest.Method(rawValue: words[0]) else {
            return .refused(.methodNotAllowed, "GET or HEAD only")
        }
        guard words[1].hasPrefix("/") else {
            return .refused(.badRequest, "a path that does not begin with /")
        }
        let path = words[1].prefix { $0 != "?" && $0 != "#" }
        return .request(OpsRequest(method: method, path: String(path)))
    }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
