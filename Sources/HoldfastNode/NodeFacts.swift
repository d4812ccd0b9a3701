package import HoldfastBase

/// What a node says about itself: read at every connection and again whenever it is asked.
///
/// Facts only. Whether a node with these facts may vote is decided by those who read them. What the
/// node did not tell, because its access rules forbid the question or its version does not know the
/// answer, is `nil` or `unknown`, and never what one would like to hear.
package struct NodeFacts: Hashable, Sendable {
    /// Changes with every start of the process.
    package var runID: String?
    package var role: NodeRole
    /// The history of data it follows; changes when it is promoted.
    package var replicationID: String?
    /// Whether it followed another before: it was a replica and has been promoted, and what its
    /// master acknowledged it may never have got.
    package var wasReplica = false
    package var redisVersion: String?
    /// "noeviction" is the only good one.
    package var maxmemoryPolicy: String?
    /// Bound on its memory, 0 for none.
    package var maxmemoryBytes: UInt64?
    package var persistence: NodePersistence
    /// The node's clock: microseconds since 1970.
    package var timeMicroseconds: UInt64
    /// Our clock before and after the node read its own: its reading lies in between.
    package var asked: Instant
    package var answered: Instant
    /// What the gate key holds; `nil` when there is none.
    package var gate: [UInt8]?

    package init(
        runID: String? = nil, role: NodeRole = .unknown, replicationID: String? = nil,
        redisVersion: String? = nil, maxmemoryPolicy: String? = nil, maxmemoryBytes: UInt64? = nil,
        persistence: NodePersistence = .unknown, timeMicroseconds: UInt64 = 0,
        asked: Instant = .zero, answered: Instant = .zero, gate: [UInt8]? = nil
    ) {
        self.runID = runID
        self.role = role
        self.replicationID = replicationID
        self.redisVersion = redisVersion
        self.maxmemoryPolicy = maxmemoryPolicy
        self.maxmemoryBytes = maxmemoryBytes
        self.persistence = persistence
        self.timeMicroseconds = timeMicroseconds
        self.asked = asked
        self.answered = answered
        self.gate = gate
    }
}
