package import HoldfastSettings

/// Changes the text of a file of contexts and leaves the rest of it, comments too, as it is. Pure.
package struct ContextEdit {
    private var lines: [String]
    private let path: String

    package init(_ text: String, path: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        self.path = path
    }

    package var text: String { lines.map { $0 + "\n" }.joined() }

    /// Makes `name` the context in use.
    package mutating func use(_ name: String) throws(ArgumentError) {
        try set("current", in: "", Self.quoted(name))
    }

    /// Sets a key of a context, which is made if it is not there; `nil` takes the key away.
    package mutating func set(
        _ key: ControlKey, of context: String, _ texts: [String]?
    ) throws(ArgumentError) {
        let value = texts.map { texts in
            key == .endpoints
                ? "[" + texts.map(Self.quoted).joined(separator: ", ") + "]"
                : Self.quoted(texts.first ?? "")
        }
        try set(key.rawValue, in: "context.\(context)", value)
    }

    private mutating func set(
        _ key: String, in section: String, _ value: String?
    ) throws(ArgumentError) {
        let reader = TomlReader(Array(text.utf8))
        if let entry = reader.entries.first(where: { $0.section == section && $0.key == key }) {
            let index = entry.line - 1
            // A list over several lines has no end that is known here.
            guard TomlReader(Array(lines[index].utf8)).problems.isEmpty else {
                throw ArgumentError(
                    "\(path):\(entry.line): the value of \(key) takes several lines; "
                        + "write it on one, or change it there")
            }
            if let value { lines[index] = "\(key) = \(value)" } else { lines.remove(at: index) }
            return
        }
        let header = reader.headers.first { $0.name == section }
        guard let value else {
            if header == nil { append(section) }
            return
        }
        if section.isEmpty {
            // Above the first section, and below what is said at the top.
            let first = reader.headers.first.map { $0.line - 1 } ?? lines.count
            let isGapMissing = first < lines.count && reader.headers.first?.line == 1
            lines.insert(contentsOf: ["\(key) = \(value)"] + (isGapMissing ? [""] : []), at: first)
        } else if let header {
            lines.insert("\(key) = \(value)", at: end(of: section, reader) ?? header.line)
        } else {
            append(section)
            lines.append("\(key) = \(value)")
        }
    }

    /// How many lines there are up to the last key of a section; a list over several lines has no end
    /// that is known here.
    private func end(of section: String, _ reader: TomlReader) -> Int? {
        guard let last = reader.entries.last(where: { $0.section == section }),
            TomlReader(Array(lines[last.line - 1].utf8)).problems.isEmpty
        else { return nil }
        return last.line
    }

    private mutating func append(_ section: String) {
        if lines.last?.isEmpty == false { lines.append("") }
        lines.append("[\(section)]")
    }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
