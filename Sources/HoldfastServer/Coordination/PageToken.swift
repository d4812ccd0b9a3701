internal import HoldfastCoordination

/// Where a list of names goes on: the list, and the last name that was given, with a byte in front by
/// which a token of ours is known.
struct PageToken {
    private static let mark = UInt8(ascii: "l")

    var list: ListID = 0
    /// Empty at the beginning.
    var after = ""

    var bytes: [UInt8] {
        let id = (0..<8).map { UInt8(truncatingIfNeeded: list >> (56 - 8 * UInt64($0))) }
        return [Self.mark] + id + Array(after.utf8)
    }

    static func read(_ token: [UInt8], _ check: inout RequestCheck) -> PageToken {
        guard !token.isEmpty else { return PageToken() }
        guard token[0] == mark, token.count > 9,
            let name = String(validating: token[9...], as: UTF8.self)
        else {
            check.report("page_token", "is not one of ours: it must come from the last answer")
            return PageToken()
        }
        check.name(name, field: "page_token")
        return PageToken(
            list: token[1...8].reduce(0) { $0 << 8 | UInt64($1) }, after: name)
    }
}
