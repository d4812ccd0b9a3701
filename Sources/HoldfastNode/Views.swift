/// A grant as a node has it.
package struct GrantView: Hashable, Sendable {
    package var name: String
    package var grant: GrantID
    package var session: SessionID?
    package var holder: String
    package var mode: LockMode
    package var fence: Fence
    /// `nil`: as long as its session.
    package var remainingMilliseconds: UInt64?
    package var lockDelayMilliseconds: UInt64
    package var sequence: UInt64
    package var value: [UInt8]
    /// All grants that joined, the asked one first.
    package var joined: [GrantID]

    package init(
        name: String, grant: GrantID, session: SessionID?, holder: String, mode: LockMode,
        fence: Fence, remainingMilliseconds: UInt64?, lockDelayMilliseconds: UInt64,
        sequence: UInt64, value: [UInt8], joined: [GrantID]
    ) {
        self.name = name
        self.grant = grant
        self.session = session
        self.holder = holder
        self.mode = mode
        self.fence = fence
        self.remainingMilliseconds = remainingMilliseconds
        self.lockDelayMilliseconds = lockDelayMilliseconds
        self.sequence = sequence
        self.value = value
        self.joined = joined
    }
}

/// A lock as a node has it.
package struct LockView: Hashable, Sendable {
    package var name: String
    package var counter: Fence
    /// The living grants, oldest first.
    package var grants: [GrantView]
    package var waiting: Int
    /// Until when nobody gets it.
    package var delayMilliseconds: UInt64

    package init(
        name: String, counter: Fence, grants: [GrantView], waiting: Int, delayMilliseconds: UInt64
    ) {
        self.name = name
        self.counter = counter
        self.grants = grants
        self.waiting = waiting
        self.delayMilliseconds = delayMilliseconds
    }
}
