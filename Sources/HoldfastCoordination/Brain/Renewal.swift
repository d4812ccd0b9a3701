internal import HoldfastBase
internal import HoldfastNode

/// One renewal of a session: who confirmed it, and whether each node has the grants it should have.
struct Renewal: Sendable {
    /// A list that is being read from a node, page by page.
    struct Walk: Sendable {
        /// Believed to be there when the reading began: missing now means lost there.
        var expected: [GrantID]
        var seen: [GrantID: [GrantView]] = [:]
    }

    var call: CallID?
    let session: SessionID
    let ttlMilliseconds: UInt64
    /// Opens the session: it may be new.
    let opens: Bool
    let started: Instant
    var open: NodeSet
    /// Confirmed it.
    var alive = NodeSet()
    /// Have nothing of the session.
    var missing = NodeSet()
    var failed = NodeSet()
    /// Have what they should have: these count.
    var verified = NodeSet()
    var walks: [NodeIndex: Walk] = [:]
    var isAnswered = false
}
