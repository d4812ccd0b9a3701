/// Something wrong with the configuration: where, what, and what would be right.
package struct ConfigurationProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where the wrong value stands.
    package let origin: ConfigurationOrigin
    /// What is wrong and what would be right.
    package let message: String

    /// Makes a problem.
    package init(_ origin: ConfigurationOrigin, _ message: String) {
        self.origin = origin
        self.message = message
    }

    /// "holdfast.toml:3:1: unknown key …".
    package var description: String { "\(origin.precise): \(message)" }
}
