/// Where a list of names goes on: the last name that was given, with a byte in front by which a token
/// of ours is known.
enum PageToken {
    private static let mark = UInt8(ascii: "n")

    static func make(after name: String) -> [UInt8] { [mark] + Array(name.utf8) }

    /// The last name that was given; empty at the beginning.
    static func read(_ token: [UInt8], _ check: inout RequestCheck) -> String {
        guard !token.isEmpty else { return "" }
        guard token[0] == mark, token.count > 1,
            let name = String(validating: token[1...], as: UTF8.self)
        else {
            check.report("page_token", "is not one of ours: it must come from the last answer")
            return ""
        }
        check.name(name, field: "page_token")
        return name
    }
}
