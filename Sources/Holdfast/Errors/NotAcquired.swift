internal import HoldfastWire

/// Why a lock is not to be had.
@nonexhaustive
public enum Obstacle: String, Hashable, Sendable {
    /// Somebody holds it.
    case held
    /// It is free, and somebody has waited for it longer.
    case queued
    /// Its last holder vanished, and its lock-delay is not over.
    case delayed
    /// The same holder has it already and did not ask to enter again, or in another mode.
    case own
    /// The server did not say.
    case unknown

    init(_ obstacle: LockObstacle) {
        switch obstacle {
        case .held: self = .held
        case .queued: self = .queued
        case .delayed: self = .delayed
        case .own: self = .own
        default: self = .unknown
        }
    }
}

/// What stood in the way of a lock.
public struct Refusal: Hashable, Sendable {
    /// What it is.
    public var obstacle: Obstacle
    /// The first of the names that could not be had.
    public var name: String
    /// The fence of the grant in the way; 0 where there is none.
    public var holderFence: UInt64
    /// What its holder says of itself: the metadata of its options.
    public var holderMetadata: [UInt8]
    /// After how long this may change by itself, where that is known.
    public var remaining: Duration?
    /// How many wait for the lock.
    public var waiting: Int

    /// A refusal.
    public init(
        _ obstacle: Obstacle, name: String, holderFence: UInt64 = 0, holderMetadata: [UInt8] = [],
        remaining: Duration? = nil, waiting: Int = 0
    ) {
        self.obstacle = obstacle
        self.name = name
        self.holderFence = holderFence
        self.holderMetadata = holderMetadata
        self.remaining = remaining
        self.waiting = waiting
    }
}

/// A lock that was asked for without waiting is not free; nothing is held.
public struct NotAcquired: Error, Hashable, Sendable {
    /// What stood in the way.
    public let refusal: Refusal

    /// An answer to a try.
    public init(_ refusal: Refusal) { self.refusal = refusal }
}

extension NotAcquired: CustomStringConvertible {
    /// What stood in the way, without names of locks.
    public var description: String { "not acquired: \(refusal.explanation)" }
}

/// A lock was waited for in vain; nothing is held.
public struct TimedOut: Error, Hashable, Sendable {
    /// How long it was waited for.
    public let waited: Duration
    /// What stood in the way at last.
    public let refusal: Refusal

    /// The end of a wait.
    public init(waited: Duration, _ refusal: Refusal) {
        self.waited = waited
        self.refusal = refusal
    }
}

extension TimedOut: CustomStringConvertible {
    /// How long it was waited for, without names of locks.
    public var description: String { "not acquired within \(waited): \(refusal.explanation)" }
}

extension Refusal {
    /// For a person to read.
    public var explanation: String {
        let queue = waiting == 0 ? "" : "; \(waiting) wait for it"
        switch obstacle {
        case .held: return "somebody else holds it" + queue
        case .queued: return "somebody has waited for it longer" + queue
        case .delayed: return "its last holder vanished, and its lock-delay is not over"
        case .own: return "its holder is this one, and did not ask to enter again"
        case .unknown: return "it is not to be had" + queue
        }
    }

    init(_ answer: LockNotHeld, name: String) {
        var remaining: Duration?
        if case .remainingMs(let milliseconds) = answer.remaining {
            remaining = .milliseconds(Int64(clamping: milliseconds))
        }
        self.init(
            Obstacle(answer.obstacle), name: name, holderFence: answer.holderFence,
            holderMetadata: answer.holderMetadata, remaining: remaining,
            waiting: Int(answer.waiting))
    }

    init(_ answer: NotElected, name: String) {
        var remaining: Duration?
        if case .remainingMs(let milliseconds) = answer.remaining {
            remaining = .milliseconds(Int64(clamping: milliseconds))
        }
        self.init(
            answer.leaderFence == 0 ? .queued : .held, name: name,
            holderFence: answer.leaderFence, holderMetadata: answer.leaderValue,
            remaining: remaining, waiting: Int(answer.waiting))
    }
}
