/// Where a list of keys goes on: the last key that was looked at, with a byte in front by which a token of
/// ours is known. The nodes have keys in order, so that nobody need remember a list.
enum KeyPageToken {
    private static let mark = UInt8(ascii: "k")

    static func make(after key: String) -> [UInt8] { [mark] + Array(key.utf8) }

    /// The last key that was looked at; empty at the beginning.
    static func read(_ token: [UInt8], _ check: inout RequestCheck) -> String {
        guard !token.isEmpty else { return "" }
        guard token[0] == mark, token.count > 1,
            let key = String(validating: token[1...], as: UTF8.self)
        else {
            check.report("page_token", "is not one of ours: it must come from the last answer")
            return ""
        }
        check.keyName(key, field: "page_token")
        return key
    }
}
