import HoldfastRedis

extension RedisValue {
    /// A bulk string of text.
    static func text(_ text: String) -> RedisValue { .bulk(Array(text.utf8)) }

    /// The value as a node sends it.
    var encoded: [UInt8] {
        switch self {
        case .null: Array("$-1\r\n".utf8)
        case .integer(let number): Array(":\(number)\r\n".utf8)
        case .status(let bytes): [0x2B] + bytes + [0x0D, 0x0A]
        case .error(let bytes): [0x2D] + bytes + [0x0D, 0x0A]
        case .bulk(let bytes): Array("$\(bytes.count)\r\n".utf8) + bytes + [0x0D, 0x0A]
        case .array(let values): Array("*\(values.count)\r\n".utf8) + values.flatMap(\.encoded)
        }
    }
}

/// The commands in what a session wants to send.
func commands(in bytes: [UInt8]) -> [[String]] {
    var reader = ReplyReader()
    unsafe reader.feed(bytes.span.bytes)
    var found: [[String]] = []
    while case .value(.array(let words)) = reader.next() {
        found.append(
            words.map { word in
                guard case .bulk(let bytes) = word else { return "?" }
                return String(decoding: bytes, as: UTF8.self)
            })
    }
    return found
}
