internal import HoldfastBase
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

    private var tally: AnswerTally
    private var newest = RegisterCopy()
    private var withNewest = 0

    init(asked: NodeSet, quorum: Int) {
        tally = AnswerTally(asked: asked, quorum: quorum)
        #if HOLDFAST_PLANTS
            if Plant.readMinority.isActive { tally = AnswerTally(asked: asked, quorum: 1) }
        #endif
    }

    mutating func replied(_ node: NodeIndex, _ reply: RegisterReply?) -> Decision {
        guard tally.close(node) else { return .wait }
        if case .copy(let copy) = reply {
            tally.agree(node)
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
        tally.timeUp()
        return decide()
    }

    private var alikeNeeded: Int {
        #if HOLDFAST_PLANTS
            if Plant.noWriteBack.isActive { return 0 }
        #endif
        return tally.quorum
    }

    private mutating func decide() -> Decision {
        switch tally.verdict() {
        case .wait: .wait
        case .quorum: withNewest >= alikeNeeded ? .value(newest) : .differs(newest)
        case .conflict: .silent
        case .silent: .silent
        }
    }
}
