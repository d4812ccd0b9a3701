/// `allow VERB… on PREFIX` or `deny VERB… on PREFIX`.
struct PolicyRule: Hashable, Sendable {
    let isDeny: Bool
    let verbs: VerbSet
    let target: Target
    /// Where it stands in the file.
    let line: Int

    /// The keys it is about.
    enum Target: Hashable, Sendable {
        /// Every key, and verbs without a key.
        case everything
        /// Every key that begins with these bytes, which end in `/`.
        case below([UInt8])
        /// This key.
        case exactly([UInt8])
    }

    func matches(_ key: Span<UInt8>) -> Bool {
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
