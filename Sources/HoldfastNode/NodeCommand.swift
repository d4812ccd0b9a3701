/// What a node can be asked. Each is one atomic step.
///
/// The meaning of each command is what `MemoryNode` does with it; the scripts of the Redis nodes do
/// the same, and a test holds the two against each other. Except for those that say otherwise, each
/// is refused by a node whose gate is not the expected one.
// All are kept aside: one command goes to several nodes, and is handed on by value.
package indirect enum NodeCommand: Hashable, Sendable {
    case acquire(AcquireStep)
    case release(ReleaseStep)
    /// Makes `fence` the fence of a grant that the node still holds: the second round of a grant,
    /// and what tells a node whose answer came late.
    case raise(names: [String], grant: GrantID, fence: Fence)
    /// Prolongs a grant that lives on its own, where it still lives. With `seed`, puts it where the
    /// node has nothing of it and the lock is free; that does not count as held this time.
    case renew(names: [String], grant: GrantID, ttlMilliseconds: UInt64, seed: GrantSeed?)
    /// Changes a shared grant into an exclusive one (only holder; draws a new fence) or back; back, if
    /// a fence is proposed, only where the grant's is not larger.
    case change(names: [String], grant: GrantID, mode: LockMode, proposed: Fence)
    /// Writes what the holder wants others to read, where `sequence` is larger than before.
    case propose(name: String, grant: GrantID, sequence: UInt64, value: [UInt8])

    /// Prolongs a session; creates it where `create` is set and it is not there.
    case keepAlive(session: SessionID, ttlMilliseconds: UInt64, create: Bool)
    /// Ends a session at once; its grants are dead, and swept later.
    case closeSession(SessionID)
    /// The grants of a session, a page at a time; 0 begins.
    case listGrants(session: SessionID, cursor: UInt64)
    /// Puts grants of a living session where the lock is free or theirs.
    case seed(session: SessionID, [GrantSeed])
    /// Takes away at most `limit` grants of dead sessions and wakes who waits for them.
    case sweep(limit: Int)

    case read(names: [String])
    /// The places in a lock's queue that stand, the next first.
    case queue(name: String, limit: Int)
    /// Names of locks that begin with `prefix`, a page at a time; 0 begins.
    case list(prefix: String, cursor: UInt64, limit: Int)
    /// Says that a server lives, so that its waiters do, and whether changes are to be logged.
    case heartbeat(server: ServerID, leaseMilliseconds: UInt64, watchMilliseconds: UInt64)
    /// The log of changes behind `after`.
    case changes(after: UInt64, limit: Int)

    /// Writes the first gate of a node that has no data. Asks for no gate.
    case form(GateIdentity)
    /// Raises the epoch, of a node that is in the expected one; answers what fences it may have
    /// granted.
    case raiseEpoch(to: UInt64)
    /// Makes a node a member anew, with nothing below `floor`; what the node held is deleted. Where
    /// the node has a gate, it must be the expected one: the one that was seen when this began.
    /// With `learns`, it has no say about registers until it was told what others have.
    case admit(GateIdentity, floor: Fence, longestTTL: UInt64, learns: Bool)
    /// Gives the gate the marker of the node's new life; what it held it still holds. For a node that
    /// restarted and writes through.
    case confirm(marker: UInt64)
    /// The gate, and whether there is other data. Asks for no gate.
    case readGate

    /// One step of an acceptor of proposals for a register.
    case register(name: String, RegisterStep)
    /// Names of registers that have a value and begin with `prefix`, behind `after` in the order of
    /// their bytes.
    case listRegisters(prefix: String, after: String, limit: Int)
    /// Names of registers that are due before a time in milliseconds, by the node's clock too; the
    /// first due first.
    case dueRegisters(before: UInt64, limit: Int)
    /// The registers behind `after` in the order of their bytes, whole; fewer where they are large.
    case copyRegisters(after: String, limit: Int)
    /// What a quorum of others has, and below which ballots they refuse what they do not have: for a
    /// node that learns, which takes what is newer than its own.
    case learn(floor: UInt64, [RegisterEntry])
    /// The node has been told everything, and has a say again.
    case endLearning
}
