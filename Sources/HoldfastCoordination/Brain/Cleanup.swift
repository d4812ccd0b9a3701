internal import HoldfastBase
internal import HoldfastNode

/// Something that must go from a node, and may not have: tried again when the node is back.
struct Cleanup: Sendable {
    enum Work: Sendable {
        case release(ReleaseStep)
        case close(SessionID)
    }

    var work: Work
    /// After this the node has dropped it by itself, or is not worth asking any more.
    var until: Instant

    var command: NodeCommand {
        switch work {
        case .release(let step): .release(step)
        case .close(let session): .closeSession(session)
        }
    }
}
