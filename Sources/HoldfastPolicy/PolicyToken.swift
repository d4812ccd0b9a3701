/// A word of the policy file.
struct PolicyToken: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// Characters without blanks, such as `role`, `admin.*`, `->`, `{`, `;`.
        case word(String)
        /// Bytes in quotes.
        case quoted([UInt8])
    }

    let kind: Kind
    let line: Int
    let column: Int

    /// The word, if it is one.
    var word: String? {
        if case .word(let text) = kind { return text }
        return nil
    }
}
