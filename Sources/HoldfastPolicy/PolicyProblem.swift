/// Something wrong in a policy file.
package struct PolicyProblem: Error, Hashable, Sendable {
    /// Line, from 1.
    package let line: Int
    /// Column, in characters from 1.
    package let column: Int
    /// What is wrong and what would be right.
    package let message: String
}
