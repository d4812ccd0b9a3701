/// What a node can be asked about one register. Each is one atomic step of an acceptor.
package enum RegisterStep: Hashable, Sendable {
    /// What is there; changes nothing.
    case read
    /// Promises to accept nothing below the ballot any more; answers what was accepted.
    case prepare(Ballot)
    /// Takes the value, unless something larger was promised or taken. With `next`, promises that
    /// ballot at once, so that the next change of the same server needs no `prepare`.
    case accept(Ballot, RegisterValue, next: Ballot?)
    /// Drops a register that holds the dead value of exactly this ballot, or nothing but a promise
    /// that is not above it. From then on it refuses what is not above `floor`, as if it had promised
    /// that.
    case collect(Ballot, floor: UInt64)
}

/// What a register holds: bytes that only servers understand, and what a node must know of them.
package struct RegisterValue: Hashable, Sendable {
    package var bytes: [UInt8]
    /// There is no value any more; the register may be dropped once all nodes know.
    package var isDead: Bool
    /// When it is to be tidied, in milliseconds of wall-clock time; 0 is never.
    package var due: UInt64

    package init(bytes: [UInt8], isDead: Bool = false, due: UInt64 = 0) {
        self.bytes = bytes
        self.isDead = isDead
        self.due = due
    }
}

/// What a node has of a register. Where there is none, both ballots are `zero`.
package struct RegisterCopy: Hashable, Sendable {
    package var promised: Ballot
    package var accepted: Ballot
    package var value: RegisterValue?

    package init(promised: Ballot = .zero, accepted: Ballot = .zero, value: RegisterValue? = nil) {
        self.promised = promised
        self.accepted = accepted
        self.value = value
    }
}

/// What a node answers to a `RegisterStep`.
package enum RegisterReply: Hashable, Sendable {
    /// To `read`, and to a `prepare` that was promised.
    indirect case copy(RegisterCopy)
    /// Taken; whether the next ballot was promised too.
    case accepted(isNextPromised: Bool)
    /// Something with this counter, or a larger one of the same, stands against it.
    case conflict(counter: UInt64)
    case collected(Bool)
    /// The node may have lost what it knew, and is not told yet what others know: it has no say.
    case learning
}

/// A register as one node tells it to another.
package struct RegisterEntry: Hashable, Sendable {
    package var name: String
    package var ballot: Ballot
    package var value: RegisterValue

    package init(name: String, ballot: Ballot, value: RegisterValue) {
        self.name = name
        self.ballot = ballot
        self.value = value
    }
}
