/// A value of the TOML subset.
enum TomlValue: Hashable, Sendable {
    case string(String)
    case strings([String])
    case integer(Int64)
    case boolean(Bool)
}
