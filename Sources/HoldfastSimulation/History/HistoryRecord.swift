package import HoldfastBase

/// One call of one client on one lock: when it was made, when it ended, and how.
///
/// Histories are recorded outside of what is tested, at the caller, and are all that the checkers
/// believe. Times are of one clock for all clients: the simulator's, or `CLOCK_BOOTTIME` of the one
/// machine on which real processes run.
package struct HistoryRecord: Hashable, Sendable {
    /// Unique for its client.
    package var id: UInt64
    package var client: UInt32
    package var lock: String
    package var kind: HistoryKind
    /// The grant it is about: always for renew, release and lost; for an acquire when the name of
    /// the grant is known before (it is then the same in a retry); for a forced release when it
    /// named one, nil when it meant whoever holds the lock.
    package var subject: UInt64?
    package var called: Instant
    /// `never` when the outcome is unknown.
    package var returned: Instant
    package var outcome: HistoryOutcome

    package init(
        id: UInt64, client: UInt32, lock: String, kind: HistoryKind, subject: UInt64? = nil,
        called: Instant, returned: Instant = .never, outcome: HistoryOutcome = .unknown
    ) {
        self.id = id
        self.client = client
        self.lock = lock
        self.kind = kind
        self.subject = subject
        self.called = called
        self.returned = returned
        self.outcome = outcome
    }
}
