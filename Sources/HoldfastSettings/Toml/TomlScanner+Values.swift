extension TomlScanner {
    /// A name without quotes, possibly dotted: what sections and keys are called.
    mutating func bareName(of kind: String) throws(TomlProblem) -> String {
        let start = here
        var name = ""
        while let byte = peek, Self.isBare(byte) || byte == UInt8(ascii: ".") {
            name.unicodeScalars.append(Unicode.Scalar(byte))
            advance()
        }
        if name.isEmpty {
            if peek == UInt8(ascii: "\"") || peek == UInt8(ascii: "'") {
                throw problem("write the \(kind) without quotes")
            }
            throw problem("expected the name of a \(kind): letters, digits, _ - and .")
        }
        if name.hasPrefix(".") || name.hasSuffix(".") || name.contains("..") {
            throw TomlProblem(
                line: start.line, column: start.column,
                message: "a part of the name \(name) is empty; there is a . too many")
        }
        return name
    }

    private static func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// A value without quotes: an integer, true or false.
    mutating func word() throws(TomlProblem) -> TomlValue {
        let start = here
        var word = ""
        while let byte = peek, Self.isBare(byte) || ".:+".utf8.contains(byte) {
            word.unicodeScalars.append(Unicode.Scalar(byte))
            advance()
        }
        func problem(_ message: String) -> TomlProblem {
            TomlProblem(line: start.line, column: start.column, message: message)
        }
        switch word {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "": throw problem("expected a value: a text in quotes, a number, true or false")
        default: break
        }
        if let number = Self.integer(word) { return .integer(number) }
        if Self.looksLikeInteger(word) {
            throw problem("\(word) does not fit; integers have 64 bits")
        }
        throw problem("a text must be in quotes: \"\(word)\"")
    }

    /// An integer with `_` between digits, as in 16_384.
    package static func integer(_ word: String) -> Int64? {
        guard looksLikeInteger(word) else { return nil }
        return Int64(word.filter { $0 != "_" })
    }

    private static func looksLikeInteger(_ word: String) -> Bool {
        let digits = word.hasPrefix("-") || word.hasPrefix("+") ? word.dropFirst() : word[...]
        guard !digits.isEmpty, !digits.hasPrefix("_"), !digits.hasSuffix("_") else { return false }
        if digits.count > 1, digits.hasPrefix("0") { return false }
        return !digits.contains("__")
            && digits.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
    }

    /// A text in "…", with escapes, or in '…', as it stands; on one line.
    mutating func quotedText() throws(TomlProblem) -> String {
        let start = here
        guard let quote = peek else { throw problem("expected a text in quotes") }
        advance()
        var bytes: [UInt8] = []
        while true {
            guard let byte = peek, byte != UInt8(ascii: "\n") else {
                let mark = String(Unicode.Scalar(quote))
                throw TomlProblem(
                    line: start.line, column: start.column,
                    message: "the text is not closed on this line; add \(mark)")
            }
            if byte == quote {
                advance()
                break
            }
            if (byte < 0x20 && byte != UInt8(ascii: "\t")) || byte == 0x7F {
                throw problem("a control character in a text; write it as \\u00XX")
            }
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                bytes += try escape()
            } else {
                bytes.append(byte)
                advance()
            }
        }
        if bytes.isEmpty, peek == quote {
            throw problem("texts of several lines are not supported")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func escape() throws(TomlProblem) -> [UInt8] {
        let start = here
        advance()
        let kind = peek
        switch kind {
        case UInt8(ascii: "\""): advance(); return [UInt8(ascii: "\"")]
        case UInt8(ascii: "\\"): advance(); return [UInt8(ascii: "\\")]
        case UInt8(ascii: "n"): advance(); return [0x0A]
        case UInt8(ascii: "t"): advance(); return [0x09]
        case UInt8(ascii: "r"): advance(); return [0x0D]
        case UInt8(ascii: "b"): advance(); return [0x08]
        case UInt8(ascii: "f"): advance(); return [0x0C]
        case UInt8(ascii: "u"): return try codePoint(digits: 4, from: start)
        case UInt8(ascii: "U"): return try codePoint(digits: 8, from: start)
        default:
            throw TomlProblem(
                line: start.line, column: start.column,
                message:
                    "unknown escape; known are \\\" \\\\ \\n \\t \\r \\b \\f \\uXXXX \\UXXXXXXXX")
        }
    }

    private mutating func codePoint(
        digits: Int, from start: (line: Int, column: Int)
    ) throws(TomlProblem) -> [UInt8] {
        let wrong = TomlProblem(
            line: start.line, column: start.column,
            message: "expected \(digits) hexadecimal digits of a Unicode character")
        advance()
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue,
                byte < 0x80
            else { throw wrong }
            value = value << 4 | UInt32(digit)
            advance()
        }
        guard let scalar = Unicode.Scalar(value) else { throw wrong }
        return Array(String(scalar).utf8)
    }
}
