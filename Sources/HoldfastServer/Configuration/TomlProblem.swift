/// A place in the file that is not in the subset, and what would be right there.
struct TomlProblem: Error, Hashable, Sendable {
    let line: Int
    let column: Int
    let message: String
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
