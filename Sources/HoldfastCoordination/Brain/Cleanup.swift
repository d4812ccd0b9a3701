internal import HoldfastBase
internal import HoldfastNode

/// Something that must go from a node, and may not have: tried again when the node is back.
struct Cleanup: Sendable {
    enum Work: Sendable {
        case release(ReleaseStep)
        case close(SessionID)
        /// Turns back what became exclusive under a fence up to this one.
        case share(names: [String], grant: GrantID, upTo: Fence)
    }

    var work: Work
    /// After this the node has dropped it by itself, or is not worth asking any more.
    var until: Instant

    var command: NodeCommand {
        switch work {
        case .release(let step): .release(step)
        case .close(let session): .closeSession(session)
        case .share(let names, let grant, let fence):
            .change(names: names, grant: grant, mode: .shared, proposed: fence)
        }
    }
}
