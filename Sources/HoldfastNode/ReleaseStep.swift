/// What one node is asked when a grant ends, or an attempt at one is taken back.
package struct ReleaseStep: Hashable, Sendable {
    package var names: [String]
    package var grant: GrantID
    /// Takes back what this claim asked for, and nothing that another has claimed since: a caller may
    /// have come to another server with the same request. 0 is the holder's own wish, whoever asked.
    package var claim: UInt64
    /// Refuses an acquire of the same grant (and claim) that may still be on its way to the node.
    package var isBuried: Bool
    /// Takes all away that the holder joined, whoever asks.
    package var isForced: Bool
    /// Keeps, or takes, a place in the queue with what the attempt was: an attempt that did not get
    /// enough nodes and goes on waiting.
    package var waitingAgain: AcquireStep? {
        get { again.first }
        set { again = newValue.map { [$0] } ?? [] }
    }
    /// Who is to have the lock next, if nobody is before: release and grant in one step.
    package var next: AcquireStep? {
        get { following.first }
        set { following = newValue.map { [$0] } ?? [] }
    }
    // One or none, and kept aside: nearly all releases have neither, and many are copied.
    private var again: [AcquireStep] = []
    private var following: [AcquireStep] = []

    package init(names: [String], grant: GrantID) {
        self.names = names
        self.grant = grant
        claim = 0
        isBuried = false
        isForced = false
    }
}
