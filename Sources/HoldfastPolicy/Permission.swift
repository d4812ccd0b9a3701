internal import HoldfastBase
package import HoldfastSettings

/// One thing that an operation needs to be allowed: a verb on a key.
package struct Permission: Hashable, Sendable {
    /// What is done.
    package let verb: Verb
    /// On what; empty for verbs that have no key.
    package let key: [UInt8]

    /// Makes a permission.
    package init(_ verb: Verb, key: [UInt8] = []) {
        self.verb = verb
        self.key = key
    }

    /// The permission that the words of a command line name.
    package init(word: String, key: String?) throws(ArgumentError) {
        guard let verb = Verb(rawValue: word) else {
            let names = Verb.allCases.map(\.rawValue)
            throw ArgumentError(
                "unknown verb \"\(TextEscape.printable(word))\""
                    + Suggestion.hint(for: word, among: names)
                    + "; verbs: \(names.joined(separator: ", "))")
        }
        self.init(verb, key: Array((key ?? "").utf8))
    }
}
