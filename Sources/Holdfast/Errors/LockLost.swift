/// A grant that was held is not held any more, and nobody gave it back: stop, and acquire anew.
public struct LockLost: Error, Hashable, Sendable {
    /// The names of the locks, or the one of the election.
    public let names: [String]
    /// The fence of the grant: a resource that has seen a larger one refuses it.
    public let fence: UInt64
    /// Why it was lost.
    public let reason: LossReason

    init(names: [String], fence: UInt64, reason: LossReason) {
        self.names = names
        self.fence = fence
        self.reason = reason
    }
}

extension LockLost: CustomStringConvertible {
    /// What was lost and why, without names of locks.
    public var description: String {
        let what = names.count == 1 ? "the lock" : "\(names.count) locks"
        return "\(what) with fence \(fence) is lost: \(reason.explanation)"
    }
}

extension LossReason {
    /// For a person to read.
    public var explanation: String {
        switch self {
        case .expired: "no renewal was confirmed within its time to live"
        case .takenAway: "the nodes do not have it any more"
        case .sessionOver: "its session is over"
        case .heldTooLong: "it was held as long as maxHold allows"
        case .closed: "the client was closed"
        }
    }
}
