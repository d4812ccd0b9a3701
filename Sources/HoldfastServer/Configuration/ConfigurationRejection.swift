/// Every problem of a configuration, in the order found.
package struct ConfigurationRejection: Error, Hashable, Sendable, CustomStringConvertible {
    /// At least one.
    package let problems: [ConfigurationProblem]

    /// One line for each problem.
    package var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
