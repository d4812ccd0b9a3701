/// The characters of a file and the place reached in them: the lower half of `TomlReader`.
package struct TomlScanner {
    private let text: [UInt8]
    private var index = 0
    /// Number of the line reached, from 1.
    private(set) var line = 1
    private var lineStart = 0

    init(_ text: [UInt8]) {
        self.text = text
        // A byte order mark is not part of the first key.
        if text.starts(with: [0xEF, 0xBB, 0xBF]) {
            index = 3
            lineStart = 3
        }
    }

    var isAtEnd: Bool { index >= text.count }

    /// The next byte; a line that ends in CR LF ends at the CR.
    var peek: UInt8? {
        guard index < text.count else { return nil }
        if text[index] == UInt8(ascii: "\r"), index + 1 < text.count,
            text[index + 1] == UInt8(ascii: "\n")
        {
            return UInt8(ascii: "\n")
        }
        return text[index]
    }

    var here: (line: Int, column: Int) { (line, column(of: index)) }

    func problem(_ message: String) -> TomlProblem {
        TomlProblem(line: line, column: column(of: index), message: message)
    }

    /// Line and column of the byte at `offset`, counted from the start.
    func place(of offset: Int) -> (line: Int, column: Int) {
        var line = 1
        var start = lineStart
        for index in 0..<min(offset, text.count) where text[index] == UInt8(ascii: "\n") {
            line += 1
            start = index + 1
        }
        return (line, Self.scalars(in: text[min(start, offset)..<offset]) + 1)
    }

    private func column(of offset: Int) -> Int {
        Self.scalars(in: text[lineStart..<offset]) + 1
    }

    private static func scalars(in bytes: ArraySlice<UInt8>) -> Int {
        bytes.count { $0 & 0xC0 != 0x80 }
    }

    /// Offset of the first byte that cannot be part of UTF-8.
    static func firstInvalidByte(in text: [UInt8]) -> Int? {
        if String(validating: text, as: UTF8.self) != nil { return nil }
        var parser = Unicode.UTF8.ForwardParser()
        var bytes = text.makeIterator()
        var offset = 0
        while true {
            switch parser.parseScalar(from: &bytes) {
            case .valid(let character): offset += character.count
            case .emptyInput: return nil
            case .error: return offset
            }
        }
    }

    mutating func advance() {
        guard index < text.count else { return }
        if text[index] == UInt8(ascii: "\n") {
            line += 1
            lineStart = index + 1
        }
        index += 1
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        advance()
        return true
    }

    mutating func skipBlanks() {
        while let byte = peek, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { advance() }
    }

    /// Blanks, line ends and comments, as they may stand between the elements of a list.
    mutating func skipBlanksAndLines() throws(TomlProblem) {
        while true {
            skipBlanks()
            if peek == UInt8(ascii: "#") { try skipComment() }
            guard peek == UInt8(ascii: "\n") else { return }
            advanceLine()
        }
    }

    /// What may follow a value: blanks, a comment, and the end of the line.
    mutating func endLine() throws(TomlProblem) {
        skipBlanks()
        if peek == UInt8(ascii: "#") { try skipComment() }
        if isAtEnd { return }
        guard peek == UInt8(ascii: "\n") else {
            throw problem("expected the end of the line; one key = value on each line")
        }
        advanceLine()
    }

    /// Goes on behind a mistake: at the next line, or behind the list the mistake is in.
    mutating func recover(inArray: Bool) {
        skipLine()
        while inArray, !isAtEnd {
            skipBlanks()
            switch peek {
            case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: ","), UInt8(ascii: "#"),
                UInt8(ascii: "\n"):
                skipLine()
            case UInt8(ascii: "]"):
                skipLine()
                return
            default:
                return
            }
        }
    }

    private mutating func skipLine() {
        while !isAtEnd, peek != UInt8(ascii: "\n") { advance() }
        advanceLine()
    }

    private mutating func advanceLine() {
        if !isAtEnd, text[index] == UInt8(ascii: "\r") { advance() }
        advance()
    }

    private mutating func skipComment() throws(TomlProblem) {
        while let byte = peek, byte != UInt8(ascii: "\n") {
            if Self.isControl(byte) { throw problem("a control character in a comment") }
            advance()
        }
    }

    private static func isControl(_ byte: UInt8) -> Bool {
        (byte < 0x20 && byte != UInt8(ascii: "\t")) || byte == 0x7F
    }
}
