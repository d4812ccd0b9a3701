internal import HoldfastNode

/// A value on its way to the nodes under one ballot: it is committed as soon as a quorum of those that
/// voted when it was sent has taken it.
struct AcceptRound: Sendable {
    enum Decision: Hashable, Sendable {
        case wait
        /// `isNextPromised`: by a quorum, which is what makes the next change one round trip.
        case committed(isNextPromised: Bool)
        /// No quorum can take it any more, because of something with this counter. Some may have.
        case conflict(counter: UInt64)
        /// Too few answered. Some may have taken it.
        case silent
    }

    private let quorum: Int
    private var open: NodeSet
    private var taken = NodeSet()
    private var promised = NodeSet()
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
        case .accepted(let isNextPromised):
            taken.insert(node)
            if isNextPromised { promised.insert(node) }
        case .conflict(let counter): most = max(most ?? 0, counter)
        case .copy, .collected, nil: break
        }
        return decide()
    }

    /// Whoever has not answered by now is silent.
    mutating func timeUp() -> Decision {
        open = NodeSet()
        return decide()
    }

    private mutating func decide() -> Decision {
        guard !isOver else { return .wait }
        if taken.count >= quorum {
            isOver = true
            return .committed(isNextPromised: promised.count >= quorum)
        }
        guard taken.count + open.count < quorum else { return .wait }
        isOver = true
        return most.map { .conflict(counter: $0) } ?? .silent
    }
}
