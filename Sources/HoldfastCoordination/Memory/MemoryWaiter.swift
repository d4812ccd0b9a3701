internal import HoldfastBase
internal import HoldfastNode

/// A place in a lock's queue.
struct MemoryWaiter {
    var ticket: UInt64
    var grant: GrantID
    var server: ServerID
    var claim: UInt64
    var session: SessionID?
    var mode: LockMode
    /// When it falls if it is not taken again, in the node's milliseconds.
    var until: UInt64

    /// Whether it comes before another place.
    func isBefore(ticket other: UInt64, grant otherGrant: GrantID) -> Bool {
        (ticket, grant) < (other, otherGrant)
    }
}
