internal import HoldfastBase
internal import HoldfastNode

/// What this server does with one key: a change under way with those that are folded into it, those
/// that wait for the next, and a reading beside them.
struct KeyState: Sendable {
    /// A change that somebody wants.
    struct Pending: Sendable {
        /// `nil`: the caller is gone.
        var asker: KeyAsker?
        let operation: RequestID
        let change: KeyChange
        /// The least version that it may have made, if it was sent to the nodes before.
        var sentAs: UInt64?
    }

    /// A quorum has promised the ballot together with the last change, and the record is that change's.
    struct Warm: Sendable {
        var ballot: Ballot
        var record: KeyRecord
        var epoch: UInt64
    }

    struct Proposal: Sendable {
        var round: AcceptRound
        var record: KeyRecord
        var outcomes: [KeyOutcome]
        var next: Ballot
        var epoch: UInt64
        /// Whether the ballot was promised with the change before.
        var isWarm: Bool
    }

    enum Phase: Sendable {
        case idle
        /// In an epoch: promises of an older one may be forgotten.
        case preparing(Ballot, PrepareRound, epoch: UInt64)
        case accepting(Proposal)
        /// Lost against another server, and steps aside for a moment.
        case resting
    }

    enum Reading: Sendable {
        case idle
        case asking(ReadRound)
        /// Tells the newest to all again.
        case repairing(AcceptRound, RegisterCopy)
    }

    let name: String
    var waiting: [Pending] = []
    var batch: [Pending] = []
    var phase = Phase.idle
    /// Which round of changes; answers to others are too late.
    var round = SlotKey.none
    var warm: Warm?
    /// Rounds lost one after the other.
    var losses = 0
    /// Those who asked after the reading under way began, and those it is for.
    var nextReaders: [KeyAsker] = []
    var readers: [KeyAsker] = []
    var reading = Reading.idle
    var readRound = SlotKey.none
    /// While nobody asks for it: its place among those of which that is so, and what it takes.
    var rest: (turn: UInt64, bytes: Int)?

    init(name: String) { self.name = name }

    var isIdle: Bool {
        guard waiting.isEmpty, batch.isEmpty, nextReaders.isEmpty, readers.isEmpty else {
            return false
        }
        if case .idle = phase, case .idle = reading { return true }
        return false
    }
}
