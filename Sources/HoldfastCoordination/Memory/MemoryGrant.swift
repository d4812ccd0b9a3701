internal import HoldfastNode

/// A grant in a lock's record.
struct MemoryGrant {
    /// The id of the grant that took the lock; the key in its session's index.
    var primary: GrantID
    /// The ids that hold it: the first one, and those that joined. The last to leave frees it.
    var joined: [GrantID]
    var session: SessionID?
    /// Who asked for it last.
    var claim: UInt64
    /// Of the session, when the grant was made: one that was created anew does not carry it.
    var generation: UInt64
    var holder: String
    var mode: LockMode
    var fence: Fence
    /// In the node's milliseconds; 0 is as long as its session.
    var deadline: UInt64
    var lockDelay: UInt64
    var ticket: UInt64
    var sequence: UInt64
    var value: [UInt8]
}
