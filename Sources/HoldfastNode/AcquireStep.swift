/// What one node is asked when a caller wants locks.
///
/// All names or none. A node that has the grant already repeats its answer; a holder that may enter
/// again joins; else the names must be free for the mode and nobody entitled before.
package struct AcquireStep: Hashable, Sendable {
    package var names: [String]
    package var grant: GrantID
    /// The session the grant lives in; `nil` gives it a life of its own of `ttlMilliseconds`.
    package var session: SessionID?
    /// The caller's name for itself, for entering again; empty when it gave none.
    package var holder: String
    package var mode: LockMode
    package var isReentrant: Bool
    /// Whether to stand behind those who came earlier.
    package var isFair: Bool
    /// Without a session, how long the grant lives; in one, the longest it may (0: no bound).
    package var ttlMilliseconds: UInt64
    /// How long nobody gets the lock after this grant ended by expiry.
    package var lockDelayMilliseconds: UInt64
    /// The least fence wanted.
    package var proposed: Fence
    /// The place in the queue: microseconds of hybrid time, smaller first, ties by grant.
    package var ticket: UInt64
    /// Who asks: one handling of the request by one server. A node that has the grant already is told
    /// who answers for it now, and lets nobody else take it back.
    package var claim: UInt64
    /// The server that waits, where a place in the queue is wanted when the lock is not free.
    package var waitingServer: ServerID?
    /// What the holder wants others to read.
    package var value: [UInt8]

    package init(names: [String], grant: GrantID, mode: LockMode = .exclusive) {
        self.names = names
        self.grant = grant
        self.mode = mode
        holder = ""
        isReentrant = false
        isFair = true
        ttlMilliseconds = 0
        lockDelayMilliseconds = 0
        proposed = 0
        ticket = 0
        claim = 0
        value = []
    }
}
