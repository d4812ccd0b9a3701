/// A `key = value` of the file.
struct TomlEntry: Hashable, Sendable {
    /// The `[section]` it stands in; empty above the first.
    let section: String
    /// The key as written, which may itself be dotted.
    let key: String
    let value: TomlValue
    /// Line and column of the key.
    let line: Int
    let column: Int
    /// Line and column of the value.
    let valueLine: Int
    let valueColumn: Int

    /// Section and key: "limits.request_bytes".
    var path: String { section.isEmpty ? key : "\(section).\(key)" }
}
