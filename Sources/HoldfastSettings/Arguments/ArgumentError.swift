/// Why a command line was not understood, in words for whoever typed it.
package struct ArgumentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Exit status of a program that was called wrongly.
    package static let exitStatus: Int32 = 2

    /// What is wrong and what would be right.
    package let description: String

    /// Makes an error; programs use it for operands and values that only they can check.
    package init(_ description: String) {
        self.description = description
    }
}
