/// Every problem of a policy file. A file with a problem gives no policy at all.
package struct PolicyRejection: Error, Hashable, Sendable, CustomStringConvertible {
    /// Name of the file.
    package let file: String
    /// At least one, in the order of the file.
    package let problems: [PolicyProblem]

    /// One line for each: "policy:3:7: unknown verb …".
    package var description: String {
        problems.map { "\(file):\($0.line):\($0.column): \($0.message)" }.joined(separator: "\n")
    }
}
