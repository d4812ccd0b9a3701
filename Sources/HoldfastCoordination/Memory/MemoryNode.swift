package import HoldfastNode

/// A node in memory: what each `NodeCommand` means, as plain Swift.
///
/// It serves where no Redis is configured, it is what the scripts are held against, and the place
/// to read what a node does. A value without clock: each command is handed the node's time in
/// microseconds, from which all its deadlines are counted. Hints for servers are appended to `wakes`.
///
/// Records of locks are dropped two periods after they are free, or after all their grants have ended
/// by themselves; until then they keep the lock's counter, and after it the gate's floor covers it.
/// Grants of a dead session are dead at once, because each names the session's generation; what is
/// left of them is swept a few at a time.
package struct MemoryNode {
    package static let holdersMax = 1024
    package static let waitersMax = 100_000
    package static let grantsPageMax = 64
    package static let changesKeptMax = 65_536
    /// Lives that one sweep looks at.
    package static let livesSweptMax = 256
    /// Records that one page of a list looks at.
    package static let listedAtOnceMax = 8192
    /// A queue that may be dropped is looked at so often.
    static let queueLookMilliseconds: UInt64 = 60_000
    /// How long a queue is kept in which nobody takes or confirms a place.
    package static let queueMilliseconds: UInt64 = 3_600_000

    package internal(set) var gate: Gate?
    var locks = NameTable<MemoryLock>()
    var queues = NameTable<[MemoryWaiter]>()
    var sessions = KeyTable<SessionID, MemorySession>()
    /// Lives that are over and followed by others, or closed, with grants still to be taken away.
    var dead: [LifeID: MemorySession] = [:]
    /// When the next sweep looks at which life.
    var dueLives = DueLives()
    var generation: UInt64 = 0
    /// Until when each server's waiters live.
    var servers: [ServerID: UInt64] = [:]
    var tombstones: [Tombstone: UInt64] = [:]
    /// When queues are dropped, and which of them `expiries` knows.
    var queueEnds = NameTable<UInt64>()
    var scheduledQueues = NameSet()
    var expiries = MemoryExpiries()
    var changes: [String] = []
    var changesFirst: UInt64 = 1
    package internal(set) var registers = MemoryRegisters()

    // What belongs to the command at hand.
    var now: UInt64 = 0
    var nowMicroseconds: UInt64 = 0
    var wakes: [Wake] = []
    /// Locks whose records changed, by their indices.
    var touched: [Int] = []

    /// One life of a session.
    struct LifeID: Hashable, Comparable {
        var session: SessionID
        /// 0 is the session's present life.
        var generation: UInt64

        static func < (left: LifeID, right: LifeID) -> Bool {
            (left.session, left.generation) < (right.session, right.generation)
        }
    }

    package init() {}

    /// Loses all but its gate: what eviction does to a node that was not refused.
    package mutating func evict() {
        let kept = gate
        self = MemoryNode()
        gate = kept
    }

    /// Whether the node has nothing but its gate.
    var isEmpty: Bool {
        locks.isEmpty && queues.isEmpty && sessions.isEmpty && dead.isEmpty && tombstones.isEmpty
            && servers.isEmpty && changes.isEmpty && changesFirst == 1 && registers.isEmpty
    }

    /// How much is kept, for metrics and tests of leaks.
    package var contents: (locks: Int, held: Int, waiters: Int, sessions: Int, tombstones: Int) {
        (
            locks.count, locks.values.count { !$0.grants.isEmpty },
            queues.values.reduce(0) { $0 + $1.count }, sessions.count + dead.count,
            tombstones.count
        )
    }

    /// How many locks there is memory for, for tests of leaks.
    package var roomForLocks: Int { locks.capacity }

    /// Names of which a queue is known, for tests of leaks.
    package var queueNamesKept: Int { max(queueEnds.count, scheduledQueues.count) }

    /// Grants and places that still mean something, unlike those that are only not swept yet.
    package mutating func living(microseconds: UInt64) -> (held: Int, waiters: Int) {
        now = microseconds / 1000
        for name in locks.names { prune(name) }
        return (
            locks.values.count { !$0.grants.isEmpty },
            queues.values.reduce(0) { $0 + $1.count { isAlive($0) } }
        )
    }

    /// Does what is asked, at once.
    package mutating func execute(
        _ command: NodeCommand, expecting identity: GateIdentity, microseconds: UInt64
    ) -> NodeReply {
        nowMicroseconds = microseconds
        now = microseconds / 1000
        dropOld()
        let reply = answer(command, identity)
        scheduleTouched()
        return reply
    }

    private mutating func answer(_ command: NodeCommand, _ identity: GateIdentity) -> NodeReply {
        switch command {
        case .form(let identity): return form(identity)
        case .admit(let new, let floor, let longest, let learns):
            return admit(new, floor, longest, learns, expecting: identity)
        case .readGate: return .gate(shownGate, isEmpty: isEmpty)
        case .raiseEpoch(let epoch): return raiseEpoch(epoch, expecting: identity)
        default: break
        }
        guard let present = gate?.identity else { return .refused(.missing) }
        guard present == identity else { return .refused(.other(present)) }
        if let reply = executeOnRegisters(command) { return reply }
        gate?.turn(milliseconds: now)
        return executeAsMember(command)
    }

    /// The gate as it is told, with what is kept beside it.
    var shownGate: Gate? {
        var shown = gate
        shown?.isLearning = registers.isLearning
        return shown
    }

    /// The hints of the commands since they were taken last.
    package mutating func takeWakes() -> [Wake] {
        defer { wakes.removeAll(keepingCapacity: true) }
        return wakes
    }

    package var hasWakes: Bool { !wakes.isEmpty }

    private mutating func executeAsMember(_ command: NodeCommand) -> NodeReply {
        switch command {
        case .acquire(let step): return .acquire(acquire(step))
        case .release(let step): return release(step)
        case .raise(let names, let grant, let fence): return .done(raise(names, grant, fence))
        case .renew(let names, let grant, let ttl, let seed):
            return .renewed(renew(names, grant, ttl, seed))
        case .change(let names, let grant, let mode, let proposed):
            return .acquire(change(names, grant, mode, proposed))
        case .propose(let name, let grant, let sequence, let value):
            return .done(propose(name, grant, sequence, value))
        case .keepAlive(let session, let ttl, let create):
            return .session(keepAlive(session, ttl, create))
        case .closeSession(let session): return closeSession(session)
        case .listGrants(let session, let cursor): return listGrants(session, cursor)
        case .seed(let session, let seeds): return .seeded(seeds.map { seed($0, session) })
        case .sweep(let limit): return sweep(limit)
        case .read(let names): return .locks(names.map { view($0) })
        case .queue(let name, let limit): return .queue(places(name, limit))
        case .list(let prefix, let cursor, let limit): return list(prefix, cursor, limit)
        case .heartbeat(let server, let lease, let watch): return heartbeat(server, lease, watch)
        case .changes(let after, let limit): return readChanges(after, limit)
        case .confirm(let marker):
            gate?.identity.marker = marker
            return .accepted(microseconds: nowMicroseconds)
        case .form, .admit, .readGate, .raiseEpoch, .register, .listRegisters, .dueRegisters,
            .copyRegisters, .learn, .endLearning:
            // Answered before.
            return .refused(.missing)
        }
    }

    /// What is kept for ever knows no time.
    private mutating func executeOnRegisters(_ command: NodeCommand) -> NodeReply? {
        switch command {
        case .register(let name, let step):
            guard isLogging else { return .register(registers.execute(name, step)) }
            let before = registers.accepted(name)
            let reply = registers.execute(name, step)
            if registers.accepted(name) > before { log(RegisterLog.entry(name)) }
            return .register(reply)
        case .dueRegisters(let time, let limit):
            return registers.isLearning
                ? .register(.learning) : registers.due(before: time, now: now, limit: limit)
        case .listRegisters(let prefix, let after, let limit):
            return registers.isLearning
                ? .register(.learning)
                : registers.names(prefix: prefix, after: after, limit: limit)
        case .copyRegisters(let after, let limit):
            return registers.isLearning
                ? .register(.learning) : registers.page(after: after, limit: limit)
        case .learn(let floor, let entries): return .done(registers.learn(floor, entries))
        case .endLearning: return .done(registers.endLearning())
        default: return nil
        }
    }

    /// Whether somebody watches.
    var isLogging: Bool { gate.map { $0.watchedUntil > now } ?? false }

    mutating func log(_ name: String) {
        guard isLogging else { return }
        changes.append(name)
        if changes.count > 2 * Self.changesKeptMax {
            let surplus = changes.count - Self.changesKeptMax
            changes.removeFirst(surplus)
            changesFirst += UInt64(surplus)
        }
    }
}
