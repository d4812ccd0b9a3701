/// What a client did, or was told.
package enum HistoryKind: String, CaseIterable, Hashable, Sendable {
    /// Asked for a lock; waiting for it is part of the call.
    case acquire
    /// Renewed a grant, or the session it lives in.
    case renew
    /// Gave a grant back. Closing a session is a release of each of its grants.
    case release
    /// An administrator took a lock from whoever had it.
    case forceRelease
    /// Asked who holds a lock.
    case info
    /// The guard said that its grant is lost. No call: both times are when it said so.
    case lost
}
