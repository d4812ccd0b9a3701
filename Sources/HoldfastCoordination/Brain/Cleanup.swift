internal import HoldfastBase
internal import HoldfastNode

/// Something that must go from a node, and may not have: tried again when the node is back.
struct Cleanup: Sendable {
    var step: ReleaseStep
    /// After this the node has dropped it by itself.
    var until: Instant
}
