/// What came of reading the files again.
package enum ReloadOutcome: Hashable, Sendable {
    /// They say what they said before.
    case unchanged
    /// New connections use the new material; the facts are for the log and metrics.
    case replaced(TLSFacts)
    /// The files are not usable, for this reason; what was in use stays in use.
    case kept(TLSError)
}
