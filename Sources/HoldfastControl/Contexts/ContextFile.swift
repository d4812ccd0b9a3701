internal import HoldfastBase
package import HoldfastSettings

/// The file of contexts: named sets of settings, and which of them is in use. Pure.
///
/// ```
/// current = "prod"
///
/// [context.prod]
/// endpoints = ["a.example:7420", "b.example:7420"]
/// ca = "prod/ca.pem"              # relative to this file
/// ```
///
/// HOLDFAST_CONTEXTS names it, as HOLDFAST_CONFIG names the configuration of `holdfastd`, which is another
/// file of another form.
package struct ContextFile: Hashable, Sendable {
    /// A named set of settings.
    package struct Context: Hashable, Sendable {
        package let name: String
        package internal(set) var values: [ControlKey: Value] = [:]
    }

    /// A setting of a context.
    package struct Value: Hashable, Sendable {
        /// One text; for endpoints, any number.
        package let texts: [String]
        package let line: Int
    }

    /// Where the file is.
    package let path: String
    /// The context that is used when nothing else is said.
    package private(set) var current: String?
    /// In the order of the file.
    package private(set) var contexts: [Context] = []

    /// A file without contexts, or none.
    package init(path: String) { self.path = path }

    /// Reads `text`; the first mistake is the error.
    package init(_ text: [UInt8], path: String) throws(ArgumentError) {
        self.path = path
        let reader = TomlReader(text)
        if let problem = reader.problems.first {
            throw ArgumentError("\(path):\(problem.line):\(problem.column): \(problem.message)")
        }
        for header in reader.headers {
            guard let name = Self.context(header.name) else {
                throw ArgumentError(
                    "\(path):\(header.line): unknown section [\(header.name)]; "
                        + "a context is written [context.NAME]")
            }
            contexts.append(Context(name: name))
        }
        for entry in reader.entries { try take(entry) }
        if let current, context(current) == nil { throw unknown(current, "current") }
    }

    /// The context of that name.
    package func context(_ name: String) -> Context? { contexts.first { $0.name == name } }

    /// That there is no such context, and what there is.
    package func unknown(_ name: String, _ origin: String) -> ArgumentError {
        let names = contexts.map(\.name)
        let known =
            names.isEmpty
            ? "there are none in \(path); make one with \"holdfastctl context set NAME KEY=VALUE\""
            : "contexts in \(path): \(names.joined(separator: ", "))"
        return ArgumentError(
            "\(origin): no context is called \"\(TextEscape.printable(name))\""
                + Suggestion.hint(for: name, among: names) + "; " + known)
    }

    static func context(_ section: String) -> String? {
        section.hasPrefix("context.") ? String(section.dropFirst("context.".count)) : nil
    }

    private mutating func take(_ entry: TomlEntry) throws(ArgumentError) {
        let place = "\(path):\(entry.line):\(entry.column)"
        if entry.path == "current" {
            guard case .string(let name) = entry.value else {
                throw ArgumentError("\(place): current must be the name of a context in quotes")
            }
            current = name
            return
        }
        let names = ControlKey.allCases.map(\.rawValue)
        guard let name = Self.context(entry.section),
            let index = contexts.firstIndex(where: { $0.name == name }),
            let key = ControlKey(rawValue: entry.key)
        else {
            throw ArgumentError(
                "\(place): unknown key \(entry.key)"
                    + Suggestion.hint(for: entry.key, among: names)
                    + "; keys of a context: \(names.joined(separator: ", "))")
        }
        guard contexts[index].values[key] == nil else {
            throw ArgumentError("\(place): \(entry.path) is given twice")
        }
        let texts: [String]
        switch (entry.value, key) {
        case (.strings(let list), .endpoints): texts = list
        case (.string(let text), .endpoints): texts = [text]
        case (.string(let text), _): texts = [key.isPath ? resolved(text, key) : text]
        default:
            let form = key == .endpoints ? "a list of texts" : "a text in quotes"
            throw ArgumentError("\(place): \(entry.key) must be \(form)")
        }
        contexts[index].values[key] = Value(texts: texts, line: entry.line)
    }

    /// Relative to the folder of this file.
    private func resolved(_ text: String, _ key: ControlKey) -> String {
        if text.hasPrefix("/") || text.isEmpty || (key == .ca && text == "system") { return text }
        guard let slash = path.lastIndex(of: "/") else { return text }
        return path[...slash] + text
    }

    /// Where the file is, unless HOLDFAST_CONTEXTS says so.
    package static func standardPath(_ environment: [String: String]) -> String? {
        if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") {
            return "\(folder)/holdfast/config.toml"
        }
        return environment["HOME"].flatMap {
            $0.isEmpty ? nil : "\($0)/.config/holdfast/config.toml"
        }
    }
}
