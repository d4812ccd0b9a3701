/// `allow VERB… on PREFIX` or `deny VERB… on PREFIX`.
package struct PolicyRule: Hashable, Sendable {
    /// Whether it denies; it allows otherwise.
    package let isDeny: Bool
    /// What it is about.
    package let verbs: VerbSet
    /// On which keys.
    package let target: Target
    /// Where it stands in the file.
    package let line: Int

    /// Makes a rule.
    package init(isDeny: Bool, verbs: VerbSet, target: Target, line: Int) {
        self.isDeny = isDeny
        self.verbs = verbs
        self.target = target
        self.line = line
    }

    /// The keys it is about.
    package enum Target: Hashable, Sendable {
        /// Every key, and verbs without a key.
        case everything
        /// Every key that begins with these bytes, which end in `/`.
        case below([UInt8])
        /// This key.
        case exactly([UInt8])
    }

    /// Whether the rule is about `key`.
    package func matches(_ key: Span<UInt8>) -> Bool {
        switch target {
        case .everything: return true
        case .below(let prefix):
            return key.count >= prefix.count && Self.starts(key, with: prefix)
        case .exactly(let wanted):
            return key.count == wanted.count && Self.starts(key, with: wanted)
        }
    }

    private static func starts(_ key: Span<UInt8>, with prefix: [UInt8]) -> Bool {
        for index in prefix.indices where key[index] != prefix[index] { return false }
        return true
    }
}
