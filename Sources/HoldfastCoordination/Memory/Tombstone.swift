internal import HoldfastNode

/// What was released: a grant, or what one claim asked for.
struct Tombstone: Hashable, Sendable {
    var grant: GrantID
    /// 0 is any.
    var claim: UInt64
}
