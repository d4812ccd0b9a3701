/// What a node answers. What is large or rare is kept aside: answers are handed on by value.
package enum NodeReply: Hashable, Sendable {
    case acquire(AcquireReply)
    /// `wasHeld`: the grant was there and is not any more. `next`: what became of the step that was
    /// to follow.
    case released(wasHeld: Bool, next: AcquireReply?)
    /// To `raise`, `propose`: whether the node held the grant and has done it. To `learn`,
    /// `endLearning`: whether it did learn.
    case done(Bool)
    case renewed(RenewReply)
    case session(SessionReply)
    /// To `seed`: for each grant, whether the node has it now.
    indirect case seeded([Bool])
    indirect case grants([GrantView], next: UInt64)
    /// To `sweep`: how many were taken away, and whether more is left.
    case swept(Int, more: Bool)
    indirect case locks([LockView])
    indirect case names([String], next: UInt64)
    indirect case queue([QueuePlace])
    /// To `heartbeat`, `closeSession`, `form`, `admit`: the node's clock.
    case accepted(microseconds: UInt64)
    /// `first` is the oldest sequence that is still there: what lies before it was lost.
    indirect case changes(first: UInt64, last: UInt64, [String])
    /// To `raiseEpoch`: an upper bound of the fences granted so far; to `readGate`.
    indirect case gate(Gate?, isEmpty: Bool)
    case register(RegisterReply)
    /// To `copyRegisters`; `more` behind the last of them.
    indirect case registers([RegisterEntry], floor: UInt64, more: Bool)
    /// The gate is not the expected one; nothing was done.
    indirect case refused(GateRefusal)
    /// The node did not do it, or nobody knows.
    indirect case failed(NodeFailure)
}

/// To an acquire, a change of mode.
package enum AcquireReply: Hashable, Sendable {
    /// `primary` names the grant that was joined; it is the asked one unless a holder entered again.
    case granted(fence: Fence, primary: GrantID)
    indirect case held(Refusal)
    /// The session does not live here.
    case noSession
    /// The grant was released before this arrived.
    case buried
    /// The proposed fence is too far ahead of the node's clock.
    case clockSkew(microseconds: UInt64)
    /// The lock has as many holders, or the queue as many places, as it can have.
    case full

    package var isGranted: Bool {
        if case .granted = self { return true }
        return false
    }
}

/// Why a lock was not to be had.
package struct Refusal: Hashable, Sendable {
    package enum Reason: UInt8, Sendable {
        /// Somebody holds it.
        case held = 1
        /// It is free, but somebody came earlier.
        case queued = 2
        /// It is kept free for a while after its last holder vanished.
        case delayed = 3
        /// The asker holds it itself, in a way that this request does not join.
        case own = 4
    }

    package var reason: Reason
    /// Which of the names.
    package var name: Int
    /// The grant in the way, and what its holder says of itself.
    package var holder: GrantID
    package var holderFence: Fence
    /// Ticket of the grant in the way.
    package var holderTicket: UInt64
    package var value: [UInt8]
    /// After this the answer may be another one even if nobody does anything; `nil` where it
    /// depends on a session.
    package var remainingMilliseconds: UInt64?
    /// How many wait before the asker, and how many in all.
    package var ahead: Int
    package var waiting: Int

    package init(
        reason: Reason, name: Int, holder: GrantID, holderFence: Fence, holderTicket: UInt64,
        value: [UInt8], remainingMilliseconds: UInt64?, ahead: Int, waiting: Int
    ) {
        self.reason = reason
        self.name = name
        self.holder = holder
        self.holderFence = holderFence
        self.holderTicket = holderTicket
        self.value = value
        self.remainingMilliseconds = remainingMilliseconds
        self.ahead = ahead
        self.waiting = waiting
    }
}

package enum RenewReply: Hashable, Sendable {
    /// Exclusively, if it has all names so.
    case held(fence: Fence, mode: LockMode)
    /// Not counted: the grant was not here, and is now.
    case seeded
    case lost
}

package enum SessionReply: Hashable, Sendable {
    /// `digest` is over the grants that the node has for it; `generation` is new whenever the
    /// session was created here.
    case alive(generation: UInt64, count: UInt64, digest: UInt64)
    case none
}

package enum GateRefusal: Hashable, Sendable {
    /// No gate: the node is new or has forgotten.
    case missing
    case other(GateIdentity)
}

/// Why there is no answer.
package enum NodeFailure: Hashable, Sendable {
    /// Never left: nothing was done.
    case notSent
    /// Left, and nobody knows whether it was done.
    case unknownOutcome
    /// The node said no, for a reason of its own; nothing was done. The text is for people.
    case refusedByNode(String)
    /// The node answered something no node of ours answers.
    case malformed(String)
}
