/// A value of the TOML subset.
package enum TomlValue: Hashable, Sendable {
    /// A text in quotes.
    case string(String)
    /// A list of texts.
    case strings([String])
    /// A whole number.
    case integer(Int64)
    /// True or false.
    case boolean(Bool)
}
