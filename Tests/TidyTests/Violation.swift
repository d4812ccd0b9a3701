/// A place in the repository that breaks a rule.
struct Violation: Hashable, CustomStringConvertible {
    let rule: String
    let path: String
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message) [\(rule)]" }
}
