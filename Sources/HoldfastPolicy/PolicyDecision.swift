/// Whether an operation may go ahead.
package enum PolicyDecision: Hashable, Sendable {
    /// All permissions are given.
    case allowed
    /// One is not: `verb` on `key`, because of the deny rule on `line`, or because no rule allows
    /// it.
    case denied(verb: Verb, key: [UInt8], line: Int?)
}
