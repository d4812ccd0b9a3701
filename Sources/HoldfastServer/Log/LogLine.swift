import HoldfastBase

/// One line of a log, before it has a form. Pure.
///
/// Nothing in a line can end it early, move a cursor or hide what stands beside it: control
/// characters, marks that turn the direction of writing and bytes that are no text are escaped in
/// both forms. Long values are cut.
struct LogLine {
    /// Characters of one value that are written.
    static let valueScalarsMax = 1024

    var time: LogTime
    var level: LogLevel
    var message: String
    var component: String
    var fields: [(name: String, value: LogValue)]
    var isAudit = false

    /// One JSON object and a line end.
    func json(into output: inout [UInt8]) {
        output += "{\"ts\":\"\(time.text)\",\"level\":\"\(level.rawValue)\",\"msg\":".utf8
        Self.quote(message, into: &output)
        output += ",\"component\":".utf8
        Self.quote(component, into: &output)
        if isAudit { output += ",\"audit\":true".utf8 }
        for field in fields {
            output.append(UInt8(ascii: ","))
            Self.quote(field.name, into: &output)
            output.append(UInt8(ascii: ":"))
            switch field.value {
            case .text(let text): Self.quote(text, into: &output)
            case .bytes(let bytes): Self.quote(Self.text(bytes), into: &output)
            case .integer(let number): output += String(number).utf8
            case .boolean(let value): output += (value ? "true" : "false").utf8
            }
        }
        output += "}\n".utf8
    }

    /// A line for people.
    func text(into output: inout [UInt8]) {
        let word = level.rawValue.uppercased()
        let gap = String(repeating: " ", count: max(0, 8 - word.utf8.count))
        output += "\(time.text) \(word)\(gap)\(component): ".utf8
        output += TextEscape.printable(message, scalarsMax: Self.valueScalarsMax).utf8
        for field in fields {
            output += " \(field.name)=".utf8
            switch field.value {
            case .text(let text): output += Self.word(text).utf8
            case .bytes(let bytes): output += Self.word(Self.text(bytes)).utf8
            case .integer(let number): output += String(number).utf8
            case .boolean(let value): output += (value ? "true" : "false").utf8
            }
        }
        output.append(UInt8(ascii: "\n"))
    }

    private static func word(_ text: String) -> String {
        let shown = TextEscape.printable(text, scalarsMax: valueScalarsMax)
        let needsQuotes = shown.isEmpty || shown.contains { " \"=".contains($0) }
        return needsQuotes ? "\"\(shown.replacing("\"", with: "\\\""))\"" : shown
    }

    private static func quote(_ text: String, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        var count = 0
        for scalar in text.unicodeScalars {
            count += 1
            if count > valueScalarsMax {
                output += "…".utf8
                break
            }
            switch scalar {
            case "\"": output += "\\\"".utf8
            case "\\": output += "\\\\".utf8
            case "\n": output += "\\n".utf8
            default:
                if TextEscape.isUnsafe(scalar) {
                    // All of them are below U+10000 and need no surrogates.
                    let digits = String(scalar.value, radix: 16)
                    output += "\\u\(String(repeating: "0", count: 4 - digits.utf8.count))".utf8
                    output += digits.utf8
                } else {
                    output += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
                }
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    /// `bytes` as text, with every byte that is no part of UTF-8 as `\xHH`.
    static func text(_ bytes: [UInt8]) -> String {
        let shown = bytes.prefix(valueScalarsMax * 4)
        if let text = String(validating: shown, as: UTF8.self) { return text }
        var result = ""
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = shown.makeIterator()
        var offset = shown.startIndex
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let encoded):
                result.unicodeScalars.append(UTF8.decode(encoded))
                offset += encoded.count
            case .error(let length):
                for byte in shown[offset..<min(offset + length, shown.endIndex)] {
                    result += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
                }
                offset += length
            case .emptyInput:
                return result
            }
        }
    }
}
