/// A `key = value` of the file.
package struct TomlEntry: Hashable, Sendable {
    /// The `[section]` it stands in; empty above the first.
    package let section: String
    /// The key as written, which may itself be dotted.
    package let key: String
    /// What it is set to.
    package let value: TomlValue
    /// Line of the key, from 1.
    package let line: Int
    /// Column of the key, from 1.
    package let column: Int
    /// Line of the value.
    package let valueLine: Int
    /// Column of the value.
    package let valueColumn: Int

    /// Section and key: "limits.request_bytes".
    package var path: String { section.isEmpty ? key : "\(section).\(key)" }
}
