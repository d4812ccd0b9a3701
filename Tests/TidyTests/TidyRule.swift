/// A rule that one file can break, as a pure function of its path and text.
struct TidyRule: Sendable {
    let name: String
    private let find: @Sendable (SourceFile) -> [(line: Int, message: String)]

    init(_ name: String, _ find: @escaping @Sendable (SourceFile) -> [(line: Int, message: String)])
    {
        self.name = name
        self.find = find
    }

    func violations(in file: SourceFile) -> [Violation] {
        find(file).map {
            Violation(rule: name, path: file.path, line: $0.line, message: $0.message)
        }
    }

    /// Every rule there is.
    static let all: [TidyRule] =
        [ranks, owners, importForms] + [foundation, impure, traps, leftovers, unchecked]
        + [fileSize, functionSize, machinePaths]
}
