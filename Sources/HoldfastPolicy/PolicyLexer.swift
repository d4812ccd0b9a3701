import HoldfastBase

/// Cuts a policy file into words.
///
/// Blanks separate; `{`, `}` and `;` stand for themselves; `#` at the start of a word begins a
/// comment. In quotes, `\"`, `\\` and `\xHH` are escapes: keys are bytes and need not be text.
struct PolicyLexer {
    private(set) var tokens: [PolicyToken] = []
    private(set) var problems: [PolicyProblem] = []
    private let text: [UInt8]
    private var index = 0
    private var line = 1
    private var column = 1

    init(_ text: [UInt8]) {
        self.text = text
        while let byte = peek {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                advance()
            case UInt8(ascii: "#"):
                while let next = peek, next != UInt8(ascii: "\n") { advance() }
            case UInt8(ascii: "\""):
                readQuoted()
            case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ";"):
                add(.word(String(Unicode.Scalar(byte))), line, column)
                advance()
            default:
                readWord()
            }
        }
    }

    private var peek: UInt8? { index < text.count ? text[index] : nil }

    private mutating func advance() {
        if text[index] == UInt8(ascii: "\n") {
            line += 1
            column = 1
        } else if text[index] & 0xC0 != 0x80 {
            column += 1
        }
        index += 1
    }

    private mutating func add(_ kind: PolicyToken.Kind, _ line: Int, _ column: Int) {
        tokens.append(PolicyToken(kind: kind, line: line, column: column))
    }

    private mutating func readWord() {
        let (startLine, startColumn, start) = (line, column, index)
        while let byte = peek, byte > 0x20, !"{};\"".utf8.contains(byte) { advance() }
        if index == start {
            report("a control character", startLine, startColumn)
            advance()
            return
        }
        let word = String(decoding: text[start..<index], as: UTF8.self)
        add(.word(word), startLine, startColumn)
    }

    private mutating func readQuoted() {
        let (startLine, startColumn) = (line, column)
        advance()
        var bytes: [UInt8] = []
        while let byte = peek, byte != UInt8(ascii: "\n") {
            if byte == UInt8(ascii: "\"") {
                advance()
                add(.quoted(bytes), startLine, startColumn)
                return
            }
            if byte == UInt8(ascii: "\\") {
                bytes.append(readEscape())
            } else {
                bytes.append(byte)
                advance()
            }
        }
        report("the text is not closed on this line; add \"", startLine, startColumn)
        add(.quoted(bytes), startLine, startColumn)
    }

    private mutating func readEscape() -> UInt8 {
        let (startLine, startColumn) = (line, column)
        advance()
        if let byte = peek, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
            advance()
            return byte
        }
        if peek == UInt8(ascii: "x"), index + 2 < text.count,
            let high = Self.digit(text[index + 1]), let low = Self.digit(text[index + 2])
        {
            for _ in 0..<3 { advance() }
            return high << 4 | low
        }
        report("unknown escape; known are \\\" \\\\ \\xHH", startLine, startColumn)
        return UInt8(ascii: "\\")
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        guard byte < 0x80 else { return nil }
        return Character(Unicode.Scalar(byte)).hexDigitValue.flatMap(UInt8.init(exactly:))
    }

    private mutating func report(_ message: String, _ line: Int, _ column: Int) {
        problems.append(PolicyProblem(line: line, column: column, message: message))
    }
}
