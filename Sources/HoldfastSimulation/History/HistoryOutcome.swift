/// How a call ended, as its caller saw it.
package enum HistoryOutcome: Hashable, Sendable {
    /// The caller holds the lock. For a release: it still does, because it had taken it more than once.
    case granted(HistoryGrant)
    /// Definitely not the caller's: held by that grant, where the answer said whose.
    case notHeld(by: UInt64?)
    /// Nobody holds it (answer of an info).
    case free
    /// Given back.
    case released
    /// A majority said that the grant is not the caller's.
    case notOwner
    /// The guard gave up.
    case lost
    /// Definitely without effect, for that reason. What may have had an effect is `unknown`.
    case failed(String)
    /// No answer came: it may take effect at any time after the call.
    case unknown

    /// The grant, if the caller holds one.
    package var grant: HistoryGrant? {
        if case .granted(let grant) = self { grant } else { nil }
    }
}
