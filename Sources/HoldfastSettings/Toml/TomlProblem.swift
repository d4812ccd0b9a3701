/// A place in the file that is not in the subset, and what would be right there.
package struct TomlProblem: Error, Hashable, Sendable {
    /// Line, from 1.
    package let line: Int
    /// Column, in characters from 1.
    package let column: Int
    /// What is wrong and what would be right.
    package let message: String
    /// The rest of a list follows, on this line or the next ones, and means nothing by itself.
    private(set) var isInArray = false

    init(line: Int, column: Int, message: String) {
        self.line = line
        self.column = column
        self.message = message
    }

    /// The same problem, inside a list.
    var inArray: TomlProblem {
        var problem = self
        problem.isInArray = true
        return problem
    }
}
