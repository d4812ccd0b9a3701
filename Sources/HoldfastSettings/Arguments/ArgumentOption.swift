/// An option of a command: `--name value`, `--name=value`, or `--name` alone.
package struct ArgumentOption: Hashable, Sendable {
    /// What may follow the name.
    package enum Form: Hashable, Sendable {
        /// Nothing, or `=true` or `=false`.
        case switched
        /// A value, at most once; the string stands for it in the help.
        case value(String)
        /// A value, any number of times.
        case values(String)
    }

    /// The name without dashes.
    package let name: String
    /// One letter that means the same after a single dash.
    package let short: Character?
    /// What may follow the name.
    package let form: Form
    /// A sentence for the help.
    package let help: String
    /// Heading under which the help shows it.
    package let group: String

    /// Describes an option.
    package init(
        _ name: String, short: Character? = nil, _ form: Form = .switched, help: String,
        group: String = "Options"
    ) {
        self.name = name
        self.short = short
        self.form = form
        self.help = help
        self.group = group
    }

    /// The left column of the help: "-o, --output FORMAT".
    var synopsis: String {
        let names = (short.map { "-\($0), " } ?? "") + "--\(name)"
        switch form {
        case .switched: return names
        case .value(let placeholder), .values(let placeholder): return "\(names) \(placeholder)"
        }
    }
}
