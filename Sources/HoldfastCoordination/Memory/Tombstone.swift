internal import HoldfastNode

/// What was released: a grant, or what one handling of a request asked for, in whichever try.
struct Tombstone: Hashable, Sendable {
    var grant: GrantID
    /// 0 is any.
    var claim: UInt64
}
