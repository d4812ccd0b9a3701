package import HoldfastBase
package import HoldfastNode

/// One try at a grant: who said yes, with which fence, and what that makes.
///
/// All nodes are asked at once. As soon as enough of them have said yes, the set of those that did is
/// fixed, and with it the grant's fence: the largest they answered. When a quorum of that set holds
/// exactly this fence the grant is made, in one round trip. Otherwise the others of the set are
/// raised to it, where they still hold the grant, and it is made when a quorum has it.
///
/// A node whose yes arrives after the fence was fixed never counts for the fence, because it may
/// have counted beyond; it is told the fence, and then adds to the strength. Without the second
/// round, or with the late yes, two grants could come out of order even if all clocks were right.
///
/// `asking` → `raising` | `granted` | `failed`; `raising` → `granted` | `failed`. Nothing leaves the
/// last two. Who gives it up takes it to `failed`.
package struct GrantRound: Sendable {
    package enum Phase: Hashable, Sendable {
        case asking
        case raising
        case granted
        case failed
    }

    package enum Decision: Hashable, Sendable {
        case wait
        /// Raise these nodes to the fence.
        case raise(Fence, NodeSet)
        /// The grant is made.
        case granted(Fence)
        /// The grant is made, or about to be; this node joined late and is to be told the fence.
        case settle(node: NodeIndex, Fence)
        /// There cannot be a quorum any more.
        case failed
    }

    package private(set) var phase = Phase.asking
    /// Asked and not answered.
    package private(set) var open: NodeSet
    /// Hold the grant, as far as is known.
    package private(set) var yes = NodeSet()
    /// Whose yes is no part of a quorum: the session that the grant lives in may end there sooner than
    /// its owner counts on.
    package var uncounted = NodeSet()
    /// Those of `yes` that make the grant.
    package var counted: NodeSet { yes.subtracting(uncounted) }
    /// Said no, each for its reason.
    package private(set) var no = NodeSet()
    /// Did certainly nothing.
    package private(set) var undone = NodeSet()
    /// May have done it.
    package private(set) var unknown = NodeSet()
    /// Those whose yes fixed the fence.
    private var chosen = NodeSet()
    /// Of them, who holds exactly the fence.
    private var exact = NodeSet()
    private var raising = NodeSet()
    /// Whether nodes had to be raised to the fence.
    package private(set) var isRaised = false
    // Small, and beside the other small ones: ten thousand who wait have such a round each.
    private let quorum: UInt8
    private let strength: UInt8
    /// The fence that was fixed.
    package private(set) var fence: Fence = 0
    package private(set) var primary = GrantID.none
    /// The refusal that says most: the one with the longest queue before the asker.
    package private(set) var refusal: Refusal? {
        get { refusals.value }
        set { refusals.value = newValue }
    }
    /// What another refusal was than "held".
    package private(set) var obstacle: AcquireReply? {
        get { obstacles.value }
        set { obstacles.value = newValue }
    }
    private var refusals = Aside<Refusal>()
    private var obstacles = Aside<AcquireReply>()

    private var fences = NodeFences()
    /// Of those that hold it, who is counted still: that may change while others are raised.
    private var firm: NodeSet { exact.subtracting(uncounted) }

    /// - Parameters:
    ///   - asked: who is asked.
    ///   - quorum: how many make a grant.
    ///   - strength: how many must hold it; at least `quorum`.
    package init(asked: NodeSet, quorum: Int, strength: Int) {
        open = asked
        self.quorum = UInt8(clamping: quorum)
        self.strength = UInt8(clamping: max(quorum, strength))
    }

    /// Whether nobody can say anything any more.
    package var isOver: Bool { open.isEmpty && raising.isEmpty }
    /// Those of `yes` that were not asked for the fence and have another: to be told of it.
    package var unsettled: NodeSet {
        NodeSet(yes.subtracting(chosen).filter { fences[$0] != fence })
    }
    /// Who may hold something of it: whom to tell when it is given up.
    package var touched: NodeSet { yes.union(open).union(unknown) }
    /// Whether a quorum could be reached if all who were not asked, or did nothing, had answered.
    package var lacksNodes: Bool { no.isEmpty && !undone.union(unknown).isEmpty }

    /// A node answered.
    package mutating func replied(_ node: NodeIndex, _ reply: AcquireReply) -> Decision {
        guard open.contains(node) || unknown.contains(node) else { return .wait }
        open.remove(node)
        unknown.remove(node)
        switch reply {
        case .granted(let fence, let primary):
            yes.insert(node)
            fences[node] = fence
            if self.primary == .none { self.primary = primary }
            #if HOLDFAST_PLANTS
                if Plant.lateYes.isActive, phase == .raising {
                    exact.insert(node)
                    return exact.count >= quorum ? grant() : .wait
                }
            #endif
            if phase == .raising || phase == .granted {
                return fence == self.fence ? .wait : .settle(node: node, self.fence)
            }
        case .held(let refusal):
            no.insert(node)
            if self.refusal.map({ $0.ahead <= refusal.ahead }) ?? true { self.refusal = refusal }
        case .noSession, .buried, .clockSkew, .full:
            no.insert(node)
            obstacle = reply
        }
        return decide()
    }

    /// A node did not answer, or said that it is in no state to.
    package mutating func failed(_ node: NodeIndex, mayBeDone: Bool) -> Decision {
        if raising.contains(node) { return raised(node, false) }
        guard open.contains(node) else { return .wait }
        open.remove(node)
        if mayBeDone { unknown.insert(node) } else { undone.insert(node) }
        return decide()
    }

    /// A node was raised, or did not hold the grant any more.
    package mutating func raised(_ node: NodeIndex, _ isHeld: Bool) -> Decision {
        guard raising.contains(node) else {
            if !isHeld { yes.remove(node) }
            return .wait
        }
        raising.remove(node)
        if isHeld { exact.insert(node) } else { yes.remove(node) }
        guard phase == .raising else { return .wait }
        if firm.count >= quorum { return grant() }
        return firm.union(raising.subtracting(uncounted)).count < quorum ? fail() : .wait
    }

    /// Nobody wants it any more, and what there is of it is being taken back: no answer that comes late
    /// makes a grant of it, or tells a node of its fence.
    package mutating func giveUp() {
        if phase != .granted { phase = .failed }
    }

    /// Whoever has not answered by now is taken for silent.
    package mutating func timeUp() -> Decision {
        unknown = unknown.union(open)
        open = NodeSet()
        if phase == .raising {
            raising = NodeSet()
            return firm.count >= quorum ? grant() : fail()
        }
        return decide()
    }

    private mutating func decide() -> Decision {
        guard phase == .asking else { return .wait }
        if counted.count >= strength { return fix() }
        return counted.count + open.subtracting(uncounted).count < strength ? fail() : .wait
    }

    private mutating func fix() -> Decision {
        chosen = counted
        for node in chosen { fence = max(fence, fences[node]) }
        for node in chosen where fences[node] == fence { exact.insert(node) }
        if exact.count >= quorum { return grant() }
        #if HOLDFAST_PLANTS
            if Plant.naiveFence.isActive { return grant() }
        #endif
        phase = .raising
        isRaised = true
        raising = chosen.subtracting(exact)
        return .raise(fence, raising)
    }

    private mutating func grant() -> Decision {
        phase = .granted
        return .granted(fence)
    }

    private mutating func fail() -> Decision {
        phase = .failed
        return .failed
    }
}
