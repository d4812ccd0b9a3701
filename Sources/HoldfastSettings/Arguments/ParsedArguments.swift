/// A command line that was understood.
package struct ParsedArguments: Hashable, Sendable {
    /// An option as it was given.
    package struct Option: Hashable, Sendable {
        /// Name without dashes.
        package let name: String
        /// The value; "true" or "false" for a switch.
        package let value: String
    }

    /// Names of the sub-commands, outermost first; empty when the program has none.
    package internal(set) var command: [String] = []
    /// The options in the order given.
    package internal(set) var options: [Option] = []
    /// What came without dashes, and all that came after `--` where that is not `trailing`.
    package internal(set) var operands: [String] = []
    /// What came after `--`, for a command that says what that is.
    package internal(set) var trailing: [String] = []

    /// The value of `name`; of a repeated option, the last.
    package func value(_ name: String) -> String? {
        options.last { $0.name == name }?.value
    }

    /// All values of `name`, in order.
    package func values(_ name: String) -> [String] {
        options.filter { $0.name == name }.map(\.value)
    }

    /// Whether the switch `name` is on.
    package func isOn(_ name: String) -> Bool {
        value(name) == "true"
    }
}
