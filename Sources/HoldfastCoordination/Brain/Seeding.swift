internal import HoldfastNode

/// Grants on their way back to a node.
struct Seeding: Sendable {
    var session: SessionID
    var grants: [GrantID]
}
