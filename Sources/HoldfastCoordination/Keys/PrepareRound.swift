internal import HoldfastBase
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

    private var tally: AnswerTally
    private var last = RegisterCopy()

    init(asked: NodeSet, quorum: Int) { tally = AnswerTally(asked: asked, quorum: quorum) }

    mutating func replied(_ node: NodeIndex, _ reply: RegisterReply?) -> Decision {
        guard tally.close(node) else { return .wait }
        switch reply {
        case .copy(let copy):
            tally.agree(node)
            if isToGoOnWith(copy) { last = copy }
        case .conflict(let counter): tally.object(counter)
        case .accepted, .collected, .learning, nil: break
        }
        return decide()
    }

    private func isToGoOnWith(_ copy: RegisterCopy) -> Bool {
        #if HOLDFAST_PLANTS
            if Plant.lowestTaken.isActive, copy.value != nil, last.value != nil {
                return copy.accepted < last.accepted
            }
        #endif
        return copy.accepted > last.accepted
    }

    mutating func timeUp() -> Decision {
        tally.timeUp()
        return decide()
    }

    private mutating func decide() -> Decision {
        switch tally.verdict() {
        case .wait: .wait
        case .quorum: .promised(last)
        case .conflict(let counter): .conflict(counter: counter)
        case .silent: .silent
        }
    }
}
