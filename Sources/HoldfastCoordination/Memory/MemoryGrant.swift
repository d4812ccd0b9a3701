internal import HoldfastNode

/// A grant in a lock's record.
struct MemoryGrant {
    /// The id of the grant that took the lock; the key in its session's index.
    var primary: GrantID
    /// Whether it is still held by that id.
    private var isHeldByPrimary = true
    /// Others that joined, each with who asked for it last. The last to leave frees it.
    private var others: [(id: GrantID, claim: UInt64)] = []
    var session: SessionID?
    /// Who asked for it last by its first id.
    private var claim: UInt64
    /// Of the session, when the grant was made: one that was created anew does not carry it.
    var generation: UInt64
    var holder: String
    var mode: LockMode
    var fence: Fence
    /// In the node's milliseconds; 0 is as long as its session.
    var deadline: UInt64
    var lockDelay: UInt64
    var ticket: UInt64
    var sequence: UInt64
    var value: [UInt8]

    init(
        primary: GrantID, session: SessionID?, claim: UInt64, generation: UInt64, holder: String,
        mode: LockMode, fence: Fence, deadline: UInt64, lockDelay: UInt64, ticket: UInt64,
        sequence: UInt64, value: [UInt8]
    ) {
        self.primary = primary
        self.session = session
        self.claim = claim
        self.generation = generation
        self.holder = holder
        self.mode = mode
        self.fence = fence
        self.deadline = deadline
        self.lockDelay = lockDelay
        self.ticket = ticket
        self.sequence = sequence
        self.value = value
    }

    /// The ids that hold it, the first one first.
    var joined: [GrantID] { (isHeldByPrimary ? [primary] : []) + others.map(\.id) }
    var holdersCount: Int { others.count + (isHeldByPrimary ? 1 : 0) }

    func isHeld(by id: GrantID) -> Bool {
        (isHeldByPrimary && primary == id) || (!others.isEmpty && others.contains { $0.id == id })
    }

    /// Who asked last for what `id` holds.
    func claim(of id: GrantID) -> UInt64 {
        id == primary ? claim : others.first { $0.id == id }?.claim ?? 0
    }

    mutating func join(_ id: GrantID, _ claim: UInt64) {
        if id == primary {
            (isHeldByPrimary, self.claim) = (true, claim)
        } else {
            others.append((id, claim))
        }
    }

    /// Whether nobody is left.
    mutating func leave(_ id: GrantID) -> Bool {
        if id == primary { isHeldByPrimary = false } else { others.removeAll { $0.id == id } }
        return !isHeldByPrimary && others.isEmpty
    }

    /// Ends later than it would have, where it ends by itself.
    mutating func prolong(until end: UInt64) {
        if deadline > 0 { deadline = max(deadline, end) }
    }

    /// An id that holds it came again, with this claim.
    mutating func asked(again id: GrantID, _ claim: UInt64, until end: UInt64) {
        if id == primary {
            self.claim = max(self.claim, claim)
        } else if let place = others.firstIndex(where: { $0.id == id }) {
            others[place].claim = max(others[place].claim, claim)
        }
        prolong(until: end)
    }

    /// Whether it lives by itself, and still does: of any other grant more must be asked.
    func livesAlone(_ now: UInt64) -> Bool { session == nil && (deadline == 0 || deadline > now) }
}
