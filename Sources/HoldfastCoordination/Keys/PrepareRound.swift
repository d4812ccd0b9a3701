internal import HoldfastNode

/// Asks the nodes to promise a ballot: a quorum of promises tells what may have been committed before,
/// and nothing of smaller ballots can be from then on.
struct PrepareRound: Sendable {
    enum Decision: Hashable, Sendable {
        case wait
        /// What was accepted last by any of those that promised.
        case promised(RegisterCopy)
        case conflict(counter: UInt64)
        case silent
    }

    private let quorum: Int
    private var open: NodeSet
    private var promised = NodeSet()
    private var last = RegisterCopy()
    private var most: UInt64?
    private var isOver = false

    init(asked: NodeSet, quorum: Int) {
        open = asked
        self.quorum = quorum
    }

    mutating func replied(_ node: NodeIndex, _ reply: RegisterReply?) -> Decision {
        guard open.contains(node) else { return .wait }
        open.remove(node)
        switch reply {
        case .copy(let copy):
            promised.insert(node)
            if copy.accepted > last.accepted { last = copy }
        case .conflict(let counter): most = max(most ?? 0, counter)
        case .accepted, .collected, nil: break
        }
        return decide()
    }

    mutating func timeUp() -> Decision {
        open = NodeSet()
        return decide()
    }

    private mutating func decide() -> Decision {
        guard !isOver else { return .wait }
        if promised.count >= quorum {
            isOver = true
            return .promised(last)
        }
        guard promised.count + open.count < quorum else { return .wait }
        isOver = true
        return most.map { .conflict(counter: $0) } ?? .silent
    }
}
