internal import HoldfastBase
internal import HoldfastSettings

/// Reads JSON (RFC 8259) into a tree that keeps numbers as they are written: 64-bit numbers are exact.
/// Pure; never traps; depth and size are bounded.
struct JSONReader {
    /// What is read.
    indirect enum Node: Sendable {
        case null
        case bool(Bool)
        /// As written: "12", "-3", "1.5e3".
        case number(String)
        case text(String)
        case list([Node])
        /// In the order written; no name twice.
        case object([(name: String, value: Node)])

        /// What it is, for messages.
        var kind: String {
            switch self {
            case .null: "null"
            case .bool: "true or false"
            case .number: "a number"
            case .text: "a text"
            case .list: "a list"
            case .object: "an object"
            }
        }
    }

    static let bytesMax = 16 << 20
    static let depthMax = 64

    private let bytes: [UInt8]
    private var index = 0

    /// The one document in `text`.
    static func read(_ text: [UInt8]) throws(ArgumentError) -> Node {
        guard text.count <= bytesMax else { throw ArgumentError("the JSON is larger than 16 MiB") }
        guard String(validating: text, as: UTF8.self) != nil else {
            throw ArgumentError("the JSON is not UTF-8")
        }
        var reader = JSONReader(bytes: text)
        let node = try reader.node(depth: 0)
        reader.skipBlanks()
        guard reader.index == text.count else { throw reader.problem("nothing may follow") }
        return node
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private func problem(_ message: String) -> ArgumentError {
        let before = bytes[..<min(index, bytes.count)]
        let line = before.count { $0 == 10 } + 1
        let column = before.count - ((before.lastIndex(of: 10) ?? -1) + 1) + 1
        return ArgumentError("JSON, line \(line), column \(column): \(message)")
    }

    private mutating func skipBlanks() {
        while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { index += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        index += 1
        return true
    }

    private mutating func node(depth: Int) throws(ArgumentError) -> Node {
        guard depth < Self.depthMax else { throw problem("deeper than \(Self.depthMax) levels") }
        skipBlanks()
        guard let first = peek else { throw problem("a value is missing") }
        switch first {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try list(depth)
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: return try word()
        }
    }

    private mutating func word() throws(ArgumentError) -> Node {
        let start = index
        while let byte = peek, byte > 0x20, !",:]}[{\"".utf8.contains(byte) { index += 1 }
        switch String(decoding: bytes[start..<index], as: UTF8.self) {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null": return .null
        default:
            index = start
            throw problem("expected a value: texts and names stand in double quotes")
        }
    }

    private mutating func number() throws(ArgumentError) -> Node {
        let start = index
        _ = take(UInt8(ascii: "-"))
        let whole = digits()
        let isPadded = whole > 1 && bytes[index - whole] == UInt8(ascii: "0")
        var isWrong = whole == 0 || isPadded
        if take(UInt8(ascii: ".")) { isWrong = digits() == 0 || isWrong }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            isWrong = digits() == 0 || isWrong
        }
        if isWrong {
            index = start
            throw problem("not a number")
        }
        return .number(String(decoding: bytes[start..<index], as: UTF8.self))
    }

    private mutating func digits() -> Int {
        let start = index
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        return index - start
    }

    private mutating func list(_ depth: Int) throws(ArgumentError) -> Node {
        index += 1
        var nodes: [Node] = []
        skipBlanks()
        if take(UInt8(ascii: "]")) { return .list(nodes) }
        while true {
            nodes.append(try node(depth: depth + 1))
            skipBlanks()
            if take(UInt8(ascii: "]")) { return .list(nodes) }
            guard take(UInt8(ascii: ",")) else { throw problem("expected , or ]") }
        }
    }

    private mutating func object(_ depth: Int) throws(ArgumentError) -> Node {
        index += 1
        var members: [(name: String, value: Node)] = []
        var names: Set<String> = []
        skipBlanks()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipBlanks()
            guard peek == UInt8(ascii: "\"") else {
                throw problem("expected a name in double quotes")
            }
            let name = try text()
            guard names.insert(name).inserted else {
                throw problem("\"\(TextEscape.printable(name))\" is there twice")
            }
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw problem("expected : after the name") }
            members.append((name, try node(depth: depth + 1)))
            skipBlanks()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw problem("expected , or }") }
        }
    }

    private mutating func text() throws(ArgumentError) -> String {
        let start = index
        index += 1
        var found: [UInt8] = []
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return String(decoding: found, as: UTF8.self)
            case UInt8(ascii: "\\"): found += Array(String(try escape()).utf8)
            case 0..<0x20: throw problem("a control character in a text; write it as \\u00XX")
            default:
                found.append(byte)
                index += 1
            }
        }
        index = start
        throw problem("the text is not closed")
    }

    private mutating func escape() throws(ArgumentError) -> Unicode.Scalar {
        index += 1
        guard let kind = peek else { throw problem("the text is not closed") }
        index += 1
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(kind)
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "u"):
            let first = try hexadecimal()
            if let scalar = Unicode.Scalar(first) { return scalar }
            // The first half of a pair needs the second.
            if first < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
                let second = try hexadecimal()
                if (0xDC00...0xDFFF).contains(second),
                    let scalar = Unicode.Scalar(
                        0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
                {
                    return scalar
                }
            }
            throw problem("half of a pair of \\u")
        default:
            throw problem("unknown escape")
        }
    }

    private mutating func hexadecimal() throws(ArgumentError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, byte < 0x80,
                let digit = Character(Unicode.Scalar(byte)).hexDigitValue
            else { throw problem("expected four hexadecimal digits") }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}
