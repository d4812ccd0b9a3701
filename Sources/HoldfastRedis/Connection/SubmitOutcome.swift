/// Whether a command was taken.
package enum SubmitOutcome: Hashable, Sendable {
    /// Exactly one value or failure with its tag follows.
    case accepted
    /// No connection is ready. Nothing was done and nothing follows.
    case notReady
    /// As many commands, or bytes, as are admitted are without an answer. Nothing was done and
    /// nothing follows.
    case full
}
