internal import HoldfastBase
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

    private var tally: AnswerTally
    private var promised = NodeSet()

    init(asked: NodeSet, quorum: Int) { tally = AnswerTally(asked: asked, quorum: quorum) }

    mutating func replied(_ node: NodeIndex, _ reply: RegisterReply?) -> Decision {
        guard tally.close(node) else { return .wait }
        switch reply {
        case .accepted(let isNextPromised):
            tally.agree(node)
            if isNextPromised { promised.insert(node) }
        case .conflict(let counter): tally.object(counter)
        case .copy, .collected, .learning, nil: break
        }
        return decide()
    }

    mutating func timeUp() -> Decision {
        tally.timeUp()
        return decide()
    }

    private var promisesNeeded: Int {
        #if HOLDFAST_PLANTS
            if Plant.promiseOfMinority.isActive { return 1 }
        #endif
        return tally.quorum
    }

    private mutating func decide() -> Decision {
        switch tally.verdict() {
        case .wait: .wait
        case .quorum: .committed(isNextPromised: promised.count >= promisesNeeded)
        case .conflict(let counter): .conflict(counter: counter)
        case .silent: .silent
        }
    }
}
