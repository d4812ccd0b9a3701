internal import HoldfastBase

/// What a client believes to hold in one session, and what is on its way there or back: a pure value.
///
/// It makes the sum that a keep-alive's answer is compared with. A grant that others of the same holder
/// have joined is one entry under the id that it was made with.
struct SessionLedger: Sendable {
    struct Entry: Equatable, Sendable {
        var names: [String]
        var isElection: Bool
        var fence: UInt64
        /// By which guards hold it.
        var joined: Set<RequestID>
        /// The number of the change that made it: a renewal sent before does not concern it.
        var since: UInt64
    }

    /// What a server lists of the session.
    struct Listed: Equatable, Sendable {
        var grant: RequestID
        var names: [String]
        var isElection: Bool
        var fence: UInt64
    }

    private(set) var entries: [RequestID: Entry] = [:]
    private(set) var primaryOf: [RequestID: RequestID] = [:]
    /// Asked for, and not answered.
    private var pending: Set<RequestID> = []
    /// Being given back, and not answered.
    private var leaving: Set<RequestID> = []
    private(set) var count: UInt64 = 0
    private(set) var digest: UInt64 = 0
    /// How large the list of the grants is on the wire, at most.
    private(set) var listingBytes = 0
    /// Counts changes.
    private(set) var version: UInt64 = 0

    /// Nobody needs the session.
    var isEmpty: Bool { entries.isEmpty && pending.isEmpty && leaving.isEmpty }

    /// The guards that hold something.
    var holders: [RequestID] { Array(primaryOf.keys) }

    mutating func began(_ id: RequestID) { pending.insert(id) }

    /// An acquire has ended without a grant.
    mutating func ended(_ id: RequestID) { pending.remove(id) }

    mutating func acquired(
        _ id: RequestID, names: [String], isElection: Bool, fence: UInt64, isJoined: Bool
    ) {
        pending.remove(id)
        version += 1
        if isJoined, let primary = primary(of: names, fence) {
            entries[primary]?.joined.insert(id)
            primaryOf[id] = primary
            return
        }
        let entry = Entry(
            names: names, isElection: isElection, fence: fence, joined: [id], since: version)
        primaryOf[id] = id
        insert(id, entry)
    }

    private func primary(of names: [String], _ fence: UInt64) -> RequestID? {
        entries.first { $0.value.fence == fence && $0.value.names == names }?.key
    }

    /// A guard does not hold it any more; what stays of it at the servers is on its way back.
    mutating func leave(_ id: RequestID) {
        leaving.insert(id)
        forget(id)
    }

    /// A guard does not hold it any more, and nothing of it is left.
    mutating func forget(_ id: RequestID) {
        pending.remove(id)
        guard let primary = primaryOf.removeValue(forKey: id) else { return }
        version += 1
        entries[primary]?.joined.remove(id)
        if entries[primary]?.joined.isEmpty == true { remove(primary) }
    }

    /// The release was answered, or nobody asks any more.
    mutating func left(_ id: RequestID) { leaving.remove(id) }

    private mutating func insert(_ primary: RequestID, _ entry: Entry) {
        entries[primary] = entry
        for name in entry.names {
            count += 1
            digest = GrantDigest.add(Self.element(name, primary, entry), to: digest)
        }
        listingBytes += Self.listingBytes(entry)
    }

    private mutating func remove(_ primary: RequestID) {
        guard let entry = entries.removeValue(forKey: primary) else { return }
        for name in entry.names {
            count -= 1
            digest = GrantDigest.remove(Self.element(name, primary, entry), from: digest)
        }
        listingBytes -= Self.listingBytes(entry)
    }

    private static func element(_ name: String, _ primary: RequestID, _ entry: Entry) -> UInt64 {
        GrantDigest.element(name: (entry.isElection ? "e/" : "l/") + name, grant: primary)
    }

    static func listingBytes(_ entry: Entry) -> Int {
        entry.names.reduce(64) { $0 + $1.utf8.count + 4 }
    }

    // MARK: A list

    /// Compares with what a server lists.
    ///
    /// - Parameter version: of when the keep-alive was sent; what came later need not be in the list.
    /// - Returns: the guards that hold what is not there, and what is there for nobody.
    mutating func compare(
        _ list: [Listed], upTo version: UInt64
    ) -> (missing: [RequestID], strangers: [Listed]) {
        var strangers: [Listed] = []
        for listed in list where entries[listed.grant] == nil {
            if adopt(listed) { continue }
            if !pending.contains(listed.grant), !leaving.contains(listed.grant) {
                strangers.append(listed)
            }
        }
        let there = Set(list.map(\.grant))
        let missing = entries.filter { $0.value.since <= version && !there.contains($0.key) }
        return (missing.values.flatMap(\.joined).sorted(), strangers)
    }

    /// A holder entered again what this ledger did not know to be held: the list tells the id that the
    /// grant was made with.
    private mutating func adopt(_ listed: Listed) -> Bool {
        guard let id = primary(of: listed.names, listed.fence), let entry = entries[id] else {
            return false
        }
        remove(id)
        insert(listed.grant, entry)
        for guardID in entry.joined { primaryOf[guardID] = listed.grant }
        return true
    }

    /// Guards that a renewal sent at `version` concerns.
    func holders(upTo version: UInt64) -> [RequestID] {
        var result: [RequestID] = []
        for entry in entries.values where entry.since <= version {
            result.append(contentsOf: entry.joined)
        }
        return result
    }
}
