/// Where the value of a setting came from, and what a problem with it points at.
package enum ConfigurationOrigin: Hashable, Sendable, CustomStringConvertible {
    /// Nobody set it.
    case preset
    /// A place in the file; column 0 when the whole line is meant.
    case file(name: String, line: Int, column: Int)
    /// An environment variable.
    case environment(name: String)
    /// A flag of the command line, with its dashes.
    case flag(name: String)

    /// "default", "file.toml:12", "HOLDFAST_LISTEN" or "--listen".
    package var description: String {
        switch self {
        case .preset: "default"
        case .file(let name, let line, _): "\(name):\(line)"
        case .environment(let name): name
        case .flag(let name): name
        }
    }

    /// As `description`, with the column when there is one.
    package var precise: String {
        if case .file(_, _, let column) = self, column > 0 { return "\(description):\(column)" }
        return description
    }
}
