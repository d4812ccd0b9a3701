import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

@Suite("A try at a grant")
struct GrantRoundStories {
    private func round(_ nodes: Int = 3, strength: Int = 0) -> GrantRound {
        GrantRound(asked: NodeSet(0..<nodes), quorum: nodes / 2 + 1, strength: strength)
    }

    private func yes(_ fence: Fence) -> AcquireReply { .granted(fence: fence, primary: grant(1)) }

    private let refused = AcquireReply.held(
        Refusal(
            reason: .held, name: 0, holder: grant(9), holderFence: 1, holderTicket: 0, value: [],
            remainingMilliseconds: 5, ahead: 0, waiting: 0))

    @Test("a quorum that answers the same fence needs no second round")
    func same() {
        var round = round()
        #expect(round.replied(0, yes(7)) == .wait)
        #expect(round.replied(2, yes(7)) == .granted(7))
        #expect(round.replied(1, yes(7)) == .wait)
        #expect(round.yes.count == 3)
        #expect(round.isOver)
    }

    @Test("nodes that counted less are raised to the largest of those that said yes")
    func raise() {
        var round = round()
        #expect(round.replied(0, yes(6)) == .wait)
        #expect(round.replied(1, yes(2)) == .raise(6, NodeSet([1])))
        #expect(round.raised(1, true) == .granted(6))
    }

    @Test("a node that lost the grant before it was raised fails the try")
    func lostBeforeRaise() {
        var round = round()
        _ = round.replied(0, yes(6))
        _ = round.replied(1, yes(2))
        #expect(round.raised(1, false) == .failed)
    }

    @Test("what is given up makes no grant, whoever says yes then")
    func givenUp() {
        var round = round()
        _ = round.replied(0, yes(6))
        round.giveUp()
        #expect(round.replied(1, yes(9)) == .wait)
        #expect(round.replied(2, yes(6)) == .wait)
        #expect(round.phase == .failed)
        #expect(round.yes.count == 3 && round.isOver)
    }

    /// The trace of the research: two grants both ended with fence 2.
    @Test("a yes that arrives after the fence was fixed never counts for it")
    func lateYes() {
        var round = round()
        _ = round.replied(0, yes(2))
        #expect(round.replied(1, yes(1)) == .raise(2, NodeSet([1])))
        #expect(round.replied(2, yes(5)) == .settle(node: 2, 2))
        #expect(round.phase == .raising)
        #expect(round.raised(1, false) == .failed)
    }

    @Test("it fails as soon as a quorum is out of reach, and remembers who may hold something")
    func outOfReach() {
        var round = round()
        #expect(round.replied(0, yes(2)) == .wait)
        #expect(round.replied(1, refused) == .wait)
        #expect(round.failed(2, mayBeDone: true) == .failed)
        #expect(round.touched == NodeSet([0, 2]))
        #expect(round.refusal?.holder == grant(9))
    }

    @Test("those who are silent for too long are counted as unknown")
    func silence() {
        var round = round()
        _ = round.replied(0, yes(2))
        #expect(round.timeUp() == .failed)
        #expect(round.touched == NodeSet([0, 1, 2]))
        var enough = self.round()
        _ = enough.replied(0, yes(2))
        #expect(enough.replied(1, yes(2)) == .granted(2))
        #expect(enough.timeUp() == .wait)
        #expect(enough.isOver)
    }

    @Test("with a wanted strength it waits for so many")
    func strength() {
        var round = round(5, strength: 4)
        for node in 0..<3 { #expect(round.replied(node, yes(3)) == .wait) }
        #expect(round.replied(3, yes(3)) == .granted(3))
        var weak = self.round(5, strength: 5)
        for node in 0..<4 { _ = weak.replied(node, yes(3)) }
        #expect(weak.failed(4, mayBeDone: false) == .failed)
    }

    @Test("a node answers once")
    func twice() {
        var round = round()
        #expect(round.replied(0, yes(2)) == .wait)
        #expect(round.replied(0, yes(2)) == .wait)
        #expect(round.yes.count == 1)
        #expect(round.replied(1, yes(2)) == .granted(2))
    }
}
