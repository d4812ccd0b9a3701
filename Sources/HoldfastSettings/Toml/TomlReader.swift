/// Reads the part of TOML that a configuration of settings needs.
///
/// ```
/// # comment
/// [section]                       a bare name, possibly dotted
/// key = "text with \n escapes"    or 'text as it stands'
/// count = 16_384
/// enabled = true
/// list = [
///     "one",
///     "two",
/// ]
/// ```
///
/// Dates, floats, tables in braces, arrays of tables, nested arrays and texts of several lines are
/// not read: no setting is one. What is read means the same to any other TOML reader.
///
/// The reader never traps, works in time linear in the file, and goes on after a mistake at the
/// next line, so that one run reports all mistakes; `problemsMax` and `bytesMax` bound its output.
/// Columns count characters, from 1.
package struct TomlReader {
    /// Larger files are refused.
    package static let bytesMax = 1 << 20
    /// After this many mistakes the rest of the file is not read.
    package static let problemsMax = 50
    /// Elements of one array.
    static let elementsMax = 1024

    /// What was read, in order.
    package private(set) var entries: [TomlEntry] = []
    /// What could not be read, in order.
    package private(set) var problems: [TomlProblem] = []
    private var scanner: TomlScanner
    /// The section headers, in order.
    package private(set) var headers: [(name: String, line: Int)] = []
    private var section = ""
    private var headerLines: [String: Int] = [:]

    /// Reads `text`.
    package init(_ text: [UInt8]) {
        scanner = TomlScanner(text)
        if text.count > Self.bytesMax {
            problems.append(
                TomlProblem(line: 1, column: 1, message: "the file is larger than 1 MiB"))
            return
        }
        if let bad = TomlScanner.firstInvalidByte(in: text) {
            let place = TomlScanner(text).place(of: bad)
            problems.append(
                TomlProblem(line: place.line, column: place.column, message: "not UTF-8"))
            return
        }
        while !scanner.isAtEnd, problems.count < Self.problemsMax { readLine() }
    }

    private mutating func readLine() {
        do throws(TomlProblem) {
            scanner.skipBlanks()
            switch scanner.peek {
            case nil, UInt8(ascii: "\n"), UInt8(ascii: "#"): break
            case UInt8(ascii: "["): try readSection()
            default: try readEntry()
            }
            try scanner.endLine()
        } catch {
            problems.append(error)
            scanner.recover(inArray: error.isInArray)
        }
    }

    private mutating func readSection() throws(TomlProblem) {
        let (line, _) = scanner.here
        scanner.advance()
        if scanner.peek == UInt8(ascii: "[") {
            throw scanner.problem("arrays of tables are not supported; write [section] once")
        }
        scanner.skipBlanks()
        let name = try scanner.bareName(of: "section")
        scanner.skipBlanks()
        guard scanner.take(UInt8(ascii: "]")) else {
            throw scanner.problem("expected ] after the section name, as in [\(name)]")
        }
        section = name
        headers.append((name, line))
        if let earlier = headerLines.updateValue(line, forKey: name) {
            throw TomlProblem(
                line: line, column: 1,
                message: "section [\(name)] already began on line \(earlier); put its keys there")
        }
    }

    private mutating func readEntry() throws(TomlProblem) {
        let (line, column) = scanner.here
        let key = try scanner.bareName(of: "key")
        scanner.skipBlanks()
        guard scanner.take(UInt8(ascii: "=")) else {
            throw scanner.problem("expected = after \(key), as in \(key) = \"value\"")
        }
        scanner.skipBlanks()
        let (valueLine, valueColumn) = scanner.here
        let value = try readValue(of: key)
        entries.append(
            TomlEntry(
                section: section, key: key, value: value, line: line, column: column,
                valueLine: valueLine, valueColumn: valueColumn))
    }

    private mutating func readValue(of key: String) throws(TomlProblem) -> TomlValue {
        switch scanner.peek {
        case nil, UInt8(ascii: "\n"), UInt8(ascii: "#"):
            throw scanner.problem("the value of \(key) is missing")
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            return .string(try scanner.quotedText())
        case UInt8(ascii: "["):
            return .strings(try readArray())
        case UInt8(ascii: "{"):
            throw scanner.problem("tables in braces are not supported; write a [section]")
        default:
            return try scanner.word()
        }
    }

    private mutating func readArray() throws(TomlProblem) -> [String] {
        let start = scanner.here
        do throws(TomlProblem) {
            return try readElements()
        } catch {
            guard scanner.isAtEnd else { throw error.inArray }
            throw TomlProblem(
                line: start.line, column: start.column, message: "the list is not closed; add ]")
        }
    }

    private mutating func readElements() throws(TomlProblem) -> [String] {
        var elements: [String] = []
        scanner.advance()
        while true {
            try scanner.skipBlanksAndLines()
            if scanner.take(UInt8(ascii: "]")) { return elements }
            guard scanner.peek == UInt8(ascii: "\"") || scanner.peek == UInt8(ascii: "'") else {
                throw scanner.problem("expected a text in quotes, or ]; lists hold texts only")
            }
            guard elements.count < Self.elementsMax else {
                throw scanner.problem("more than \(Self.elementsMax) elements")
            }
            elements.append(try scanner.quotedText())
            try scanner.skipBlanksAndLines()
            if scanner.take(UInt8(ascii: ",")) { continue }
            guard scanner.peek == UInt8(ascii: "]") else {
                throw scanner.problem("expected , or ] after an element")
            }
        }
    }
}
