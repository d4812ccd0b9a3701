internal import HoldfastBase
internal import HoldfastNode

/// One question to all voters, and what their answers make of it.
struct Round: Sendable {
    // Kept aside: rounds are copied when they are looked at.
    indirect enum Kind: Sendable {
        case release(ReleaseStep)
        case renew(names: [String], grant: GrantID, ttlMilliseconds: UInt64)
        case propose(grant: GrantID, sequence: UInt64, value: [UInt8])
        case closeSession(SessionID)
        case read(names: [String])
        case queue(name: String, limit: Int)
        case list(ListWalk)
        case watchRead([String])
        case watchList(CallID, ListWalk)
        /// Reads a grant in order to put it on these nodes.
        case reseed(grant: GrantID, ttlMilliseconds: UInt64, on: NodeSet)
        /// Reads locks that guard what a request wants of keys.
        case prove(CoordinationRequest, [String])
        /// Looks for who is to be relieved of the lock.
        case force(name: String, fence: Fence?)
    }

    var call: CallID?
    var kind: Kind
    var epoch: UInt64
    var started: Instant
    var open: NodeSet
    /// Said yes, in the sense of the kind.
    var yes = NodeSet()
    var no = NodeSet()
    /// Of those that said yes to a renewal, who has the grant shared.
    var shared = NodeSet()
    var failed = NodeSet()
    /// An acquisition whose votes come with the answers: the next after a release.
    var next: (key: SlotKey, number: UInt8)?
    var fence: Fence = 0
    var wasHeld = false
    var views: [NodeIndex: [LockView]] = [:]
    /// What a walk has found.
    var names = NameSet()
    var places: [NodeIndex: [QueuePlace]] = [:]
}

/// A walk through all names of all nodes, page by page.
struct ListWalk: Sendable {
    var prefix: String
    var after: String
    var limit: Int
}
