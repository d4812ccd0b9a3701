internal import HoldfastNode

/// Reads a register. A quorum that has the same is an answer, in one round trip; where they differ the
/// newest is told to all again, because a reader that comes later must not see less.
struct ReadRound: Sendable {
    enum Decision: Hashable, Sendable {
        case wait
        case value(RegisterCopy)
        /// A change is under way, or was given up: make this one whole.
        case differs(RegisterCopy)
        case silent
    }

    private let quorum: Int
    private var open: NodeSet
    private var answered = NodeSet()
    private var newest = RegisterCopy()
    private var withNewest = 0
    private var isOver = false

    init(asked: NodeSet, quorum: Int) {
        open = asked
        self.quorum = quorum
    }

    mutating func replied(_ node: NodeIndex, _ reply: RegisterReply?) -> Decision {
        guard open.contains(node) else { return .wait }
        open.remove(node)
        if case .copy(let copy) = reply {
            answered.insert(node)
            if copy.accepted > newest.accepted {
                newest = copy
                withNewest = 1
            } else if copy.accepted == newest.accepted {
                withNewest += 1
            }
        }
        return decide()
    }

    mutating func timeUp() -> Decision {
        open = NodeSet()
        return decide()
    }

    private mutating func decide() -> Decision {
        guard !isOver else { return .wait }
        if answered.count >= quorum {
            isOver = true
            return withNewest >= quorum ? .value(newest) : .differs(newest)
        }
        guard answered.count + open.count < quorum else { return .wait }
        isOver = true
        return .silent
    }
}
