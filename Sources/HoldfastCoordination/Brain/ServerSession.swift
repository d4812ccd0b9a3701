internal import HoldfastBase
internal import HoldfastNode

/// What this server knows of a session's grants: which it believes held, on which nodes, and what
/// each node's digest must then be.
///
/// A renewal compares: as long as every node answers the digest that its grants make, nothing needs to
/// be looked at, whatever their number. A node that answers another one is asked for its list.
/// Nothing of this matters to safety when it is lost: a server that meets a session for the first
/// time takes over what a quorum of the nodes lists.
struct ServerSession: Sendable {
    /// A grant, and those that joined it.
    struct Held: Sendable {
        var names: [String]
        var mode: LockMode
        var fence: Fence
        /// Nodes were found to have it under different fences, and which one was told is not known.
        var isDisputed = false
        var holder: String
        var value: [UInt8]
        var sequence: UInt64 = 0
        var lockDelayMilliseconds: UInt64
        /// When its longest time is over; `never` without one.
        var until: Instant
        /// Who has it in its mode.
        var nodes: NodeSet
        var joined: [GrantID]
        /// Who has it in the other mode, and under which fence.
        var others = NodeSet()
        var othersFence: Fence = 0
        var areOthersDisputed = false
        /// When this server last saw its mode change.
        var changedAt = Instant.zero
        /// Of all its names together, computed when it is inserted.
        fileprivate(set) var digest: UInt64 = 0

        init(
            names: [String], mode: LockMode, fence: Fence, holder: String, value: [UInt8],
            sequence: UInt64 = 0, lockDelayMilliseconds: UInt64, until: Instant, nodes: NodeSet,
            joined: [GrantID]
        ) {
            self.names = names
            self.mode = mode
            self.fence = fence
            self.holder = holder
            self.value = value
            self.sequence = sequence
            self.lockDelayMilliseconds = lockDelayMilliseconds
            self.until = until
            self.nodes = nodes
            self.joined = joined
        }

        /// What a node that has it in this mode has in its digest.
        func digest(in mode: LockMode) -> UInt64 {
            mode == .exclusive
                ? digest : GrantDigest.inverted(digest, count: UInt64(names.count))
        }
    }

    /// What a node has said.
    struct Copy: Sendable {
        /// 0 before it said one.
        var generation: UInt64 = 0
        /// Of what is believed to be there, and of what else was found there.
        var digest: UInt64 = 0
        var count: UInt64 = 0
        /// When the last renewal that it confirmed was sent.
        var renewedAt = Instant.zero
    }

    struct Stranger: Sendable {
        var names: [String]
        var since: Instant
        var nodes: NodeSet
    }

    let id: SessionID
    var ttlMilliseconds: UInt64
    /// When the last renewal that a quorum confirmed was sent.
    var renewedAt: Instant
    /// The same, but `zero` before this server has seen one.
    private(set) var toldAt = Instant.zero
    var copies: [Copy]
    private(set) var held = KeyTable<GrantID, Held>()
    /// The grant that each id holds by.
    private(set) var primaryOf = KeyTable<GrantID, GrantID>()
    /// Those that are not on all nodes.
    private(set) var weak: Set<GrantID> = []
    /// What nodes have in it and this server does not believe in: since when, and where.
    var strangers: [GrantID: Stranger] = [:]
    /// Found lost, and not told yet.
    var lost: [GrantID] = []
    /// Nothing was ever compared: what the nodes list is believed.
    var isNew = true

    init(id: SessionID, ttlMilliseconds: UInt64, nodes: Int, at instant: Instant) {
        self.id = id
        self.ttlMilliseconds = ttlMilliseconds
        renewedAt = instant
        copies = Array(repeating: Copy(), count: nodes)
    }

    /// Over all believed grants, each lock of each once: what a caller compares its own with. Kept
    /// up to date, because a renewal must cost the same however many there are.
    private(set) var believed: (count: UInt64, digest: UInt64) = (0, 0)

    /// A renewal that was sent at `instant` was confirmed: the owner counts on it from now on.
    mutating func confirmed(at instant: Instant, ttlMilliseconds ttl: UInt64) {
        isNew = false
        ttlMilliseconds = ttl
        renewedAt = max(renewedAt, instant)
        toldAt = max(toldAt, instant)
    }

    /// Whether its owner counts on it by a renewal that went through this server.
    var isConfirmed: Bool { toldAt > .zero }

    /// Where the session may end before the time that its owner counts on.
    var lagging: NodeSet {
        var nodes = NodeSet()
        for node in copies.indices where copies[node].renewedAt < toldAt { nodes.insert(node) }
        return nodes
    }

    private mutating func believe(_ grant: Held) {
        believed.count += UInt64(grant.names.count)
        believed.digest = GrantDigest.add(grant.digest, to: believed.digest)
    }

    private mutating func disbelieve(_ grant: Held) {
        believed.count -= UInt64(grant.names.count)
        believed.digest = GrantDigest.remove(grant.digest, from: believed.digest)
    }

    /// Where it is known already, a repeat has found it: who joined it since stays.
    mutating func insert(_ primary: GrantID, _ grant: consuming Held) {
        var digest: UInt64 = 0
        for name in grant.names {
            digest = GrantDigest.add(
                GrantDigest.element(name: name, grant: primary), to: digest)
        }
        grant.digest = digest
        if let before = remove(primary) {
            for id in before.joined where !grant.joined.contains(id) { grant.joined.append(id) }
            grant.keepMode(of: before)
            if before.sequence > grant.sequence {
                (grant.sequence, grant.value) = (before.sequence, before.value)
            }
        }
        for id in grant.joined { primaryOf[id] = primary }
        believe(grant)
        count(grant)
        held[primary] = grant
        updateWeak(primary)
    }

    mutating func join(_ id: GrantID, _ primary: GrantID) {
        guard held[primary]?.joined.contains(id) == false else { return }
        held[primary]?.joined.append(id)
        primaryOf[id] = primary
    }

    /// What a grant's id holds.
    func names(of id: GrantID) -> [String]? { primaryOf[id].flatMap { held[$0]?.names } }

    /// An id leaves; the last one ends the grant.
    mutating func leave(_ id: GrantID) {
        guard let primary = primaryOf.removeValue(forKey: id) else { return }
        held[primary]?.joined.removeAll { $0 == id }
        if held[primary]?.joined.isEmpty == true { remove(primary) }
    }

    @discardableResult
    mutating func remove(_ primary: GrantID) -> Held? {
        guard let grant = held[primary] else { return nil }
        discount(grant)
        held[primary] = nil
        disbelieve(grant)
        if !weak.isEmpty { weak.remove(primary) }
        for id in grant.joined { primaryOf[id] = nil }
        return grant
    }

    mutating func propose(_ id: GrantID, sequence: UInt64, value: [UInt8]) {
        guard let primary = primaryOf[id], held[primary]?.sequence ?? .max < sequence else {
            return
        }
        held[primary]?.sequence = sequence
        held[primary]?.value = value
    }

    /// A node has the grant in its mode.
    mutating func found(_ primary: GrantID, on node: NodeIndex) {
        guard let grant = held[primary], !grant.nodes.contains(node) else { return }
        update(primary) {
            $0.nodes.insert(node)
            $0.others.remove(node)
        }
    }

    mutating func missed(_ primary: GrantID, on node: NodeIndex) {
        guard let grant = held[primary], grant.nodes.union(grant.others).contains(node) else {
            return
        }
        update(primary) {
            $0.nodes.remove(node)
            $0.others.remove(node)
        }
    }

    /// Changes what is known of a grant, and what nodes' digests must be with it.
    mutating func update(_ primary: GrantID, _ change: (inout Held) -> Void) {
        guard var grant = held[primary] else { return }
        discount(grant)
        change(&grant)
        count(grant)
        held[primary] = grant
        updateWeak(primary)
    }

    /// The node has nothing of the session.
    mutating func emptied(_ node: NodeIndex) {
        for primary in held.keys { missed(primary, on: node) }
        copies[node] = Copy()
    }

    private mutating func updateWeak(_ primary: GrantID) {
        guard let place = held.index(of: primary), let nodes = held[place]?.nodes else { return }
        if nodes.count < copies.count {
            weak.insert(primary)
        } else if !weak.isEmpty {
            weak.remove(primary)
        }
    }

    private mutating func count(_ grant: borrowing Held) {
        let names = UInt64(grant.names.count)
        for node in grant.nodes.union(grant.others) {
            let mode = grant.nodes.contains(node) ? grant.mode : grant.mode.other
            copies[node].digest = GrantDigest.add(
                grant.digest(in: mode), to: copies[node].digest)
            copies[node].count += names
        }
    }

    private mutating func discount(_ grant: borrowing Held) {
        let names = UInt64(grant.names.count)
        for node in grant.nodes.union(grant.others) {
            let mode = grant.nodes.contains(node) ? grant.mode : grant.mode.other
            copies[node].digest = GrantDigest.remove(
                grant.digest(in: mode), from: copies[node].digest)
            copies[node].count -= min(names, copies[node].count)
        }
    }

    mutating func dispute(_ primary: GrantID) { held[primary]?.isDisputed = true }

    func seed(_ primary: GrantID, now: Instant) -> GrantSeed? {
        guard let grant = held[primary], !grant.isDisputed else { return nil }
        let left = grant.until == .never ? nil : Optional(grant.until - now)
        return GrantSeed(
            names: grant.names, grant: primary, holder: grant.holder, mode: grant.mode,
            fence: grant.fence,
            ttlMilliseconds: left.map { UInt64(max(1, $0.millisecondsRoundedUp)) } ?? 0,
            lockDelayMilliseconds: grant.lockDelayMilliseconds, sequence: grant.sequence,
            value: grant.value)
    }
}
