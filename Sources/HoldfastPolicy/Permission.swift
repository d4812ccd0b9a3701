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
}
