internal import HoldfastBase
package import HoldfastNode

/// The registers of a node in memory: what an acceptor of a proposal does.
///
/// A node that may have forgotten what it promised or took learns: it refuses every step until a
/// quorum of others, which were moved to a new epoch before, has told it what they have. Only then
/// may its answers make a quorum: what was committed with its help is known to one of them.
package struct MemoryRegisters: Sendable {
    private var copies = NameTable<RegisterCopy>()
    /// The names of those that have a value, in order.
    private var order: [NameKey] = []
    /// Those that are to be tidied, by when.
    private var due: [(at: UInt64, name: NameKey)] = []
    /// What a register that is not there has promised.
    package private(set) var floor: UInt64 = 0
    package private(set) var isLearning: Bool

    /// Bytes of values in one page, after which it ends.
    package static let pageBytes = 512 << 10

    package init(isLearning: Bool = false) { self.isLearning = isLearning }

    package var count: Int { copies.count }
    var isEmpty: Bool { copies.isEmpty && floor == 0 && !isLearning }

    package subscript(name: String) -> RegisterCopy? { copies[name] }

    func accepted(_ name: String) -> Ballot { copies[name]?.accepted ?? .zero }

    package mutating func execute(_ name: String, _ step: RegisterStep) -> RegisterReply {
        #if HOLDFAST_PLANTS
            if Plant.learnerVotes.isActive { return executeAsVoter(name, step) }
        #endif
        guard !isLearning else { return .learning }
        return executeAsVoter(name, step)
    }

    private mutating func executeAsVoter(_ name: String, _ step: RegisterStep) -> RegisterReply {
        switch step {
        case .read: return .copy(copies[name] ?? RegisterCopy())
        case .prepare(let ballot): return prepare(name, ballot)
        case .accept(let ballot, let value, let next): return accept(name, ballot, value, next)
        case .collect(let ballot, let floor): return .collected(collect(name, ballot, floor))
        }
    }

    private mutating func prepare(_ name: String, _ ballot: Ballot) -> RegisterReply {
        guard var copy = copies[name] else {
            guard ballot.counter > floor else { return .conflict(counter: floor) }
            copies[name] = RegisterCopy(promised: ballot)
            return .copy(RegisterCopy(promised: ballot))
        }
        let most = max(copy.promised, copy.accepted)
        guard ballot > most else { return .conflict(counter: most.counter) }
        #if HOLDFAST_PLANTS
            if Plant.promiseForgotten.isActive { return .copy(copy) }
        #endif
        copy.promised = ballot
        copies[name] = copy
        return .copy(copy)
    }

    private mutating func accept(
        _ name: String, _ ballot: Ballot, _ value: RegisterValue, _ next: Ballot?
    ) -> RegisterReply {
        let present = copies[name]
        guard present != nil || ballot.counter > floor else { return .conflict(counter: floor) }
        var copy = present ?? RegisterCopy()
        // Told again by a reader, what was accepted is accepted still.
        if copy.accepted != ballot {
            let most = max(copy.promised, copy.accepted)
            guard isFree(copy, for: ballot), ballot > copy.accepted else {
                return .conflict(counter: most.counter)
            }
            take(name, ballot, value, into: &copy)
        }
        let isNextPromised = next.map { $0 >= copy.promised } ?? false
        if let next, isNextPromised { copy.promised = next }
        copies[name] = copy
        #if HOLDFAST_PLANTS
            if Plant.nextUnchecked.isActive { return .accepted(isNextPromised: next != nil) }
        #endif
        return .accepted(isNextPromised: isNextPromised)
    }

    private func isFree(_ copy: RegisterCopy, for ballot: Ballot) -> Bool {
        #if HOLDFAST_PLANTS
            if Plant.acceptsAnything.isActive { return true }
        #endif
        return ballot >= copy.promised
    }

    private mutating func collect(_ name: String, _ ballot: Ballot, _ floor: UInt64) -> Bool {
        guard let copy = copies[name], copy.promised <= ballot else { return false }
        let isDead = copy.accepted == ballot && copy.value?.isDead == true
        guard isDead || copy.accepted == .zero else { return false }
        copies[name] = nil
        if isDead {
            removeFromOrder(name)
            changeDue(name, from: copy.value?.due ?? 0, to: 0)
        }
        #if HOLDFAST_PLANTS
            if Plant.floorIgnored.isActive { return true }
        #endif
        self.floor = max(self.floor, floor, ballot.counter)
        return true
    }

    // MARK: Pages

    package func names(prefix: String, after: String, limit: Int) -> NodeReply {
        let range = RegisterRange(prefix: prefix, after: after)
        var place = order.partitioningIndex { range.isReached(by: $0.text) }
        var names: [String] = []
        while place < order.count, names.count < limit, range.holds(order[place].text) {
            names.append(order[place].text)
            place += 1
        }
        return .names(names, next: names.count == limit ? 1 : 0)
    }

    package func page(after: String, limit: Int) -> NodeReply {
        let range = RegisterRange(prefix: "", after: after)
        var place = order.partitioningIndex { range.isReached(by: $0.text) }
        var entries: [RegisterEntry] = []
        var bytes = 0
        while place < order.count, entries.count < limit, bytes < Self.pageBytes {
            let name = order[place].text
            place += 1
            guard let copy = copies[name], let value = copy.value else { continue }
            entries.append(RegisterEntry(name: name, ballot: copy.accepted, value: value))
            bytes += value.bytes.count
        }
        return .registers(
            entries, floor: floor, more: entries.count == limit || bytes >= Self.pageBytes)
    }

    /// - Parameters:
    ///   - time: in milliseconds.
    ///   - now: the node's clock.
    package func due(before time: UInt64, now: UInt64, limit: Int) -> NodeReply {
        let end = min(time, now)
        let names = due.prefix(limit).prefix { $0.at <= end }.map(\.name.text)
        return .names(Array(names), next: 0)
    }

    private mutating func take(
        _ name: String, _ ballot: Ballot, _ value: RegisterValue, into copy: inout RegisterCopy
    ) {
        if copy.accepted == .zero { addToOrder(name) }
        changeDue(name, from: copy.value?.due ?? 0, to: value.due)
        copy = RegisterCopy(promised: ballot, accepted: ballot, value: value)
    }

    private mutating func changeDue(_ name: String, from old: UInt64, to new: UInt64) {
        guard old != new else { return }
        let key = NameKey(name)
        if old != 0 { due.remove(at: placeOfDue(old, key)) }
        if new != 0 { due.insert((new, key), at: placeOfDue(new, key)) }
    }

    private func placeOfDue(_ at: UInt64, _ name: NameKey) -> Int {
        due.partitioningIndex { $0.at > at || $0.at == at && !($0.name < name) }
    }

    private mutating func addToOrder(_ name: String) {
        let key = NameKey(name)
        order.insert(key, at: order.partitioningIndex { !($0 < key) })
    }

    private mutating func removeFromOrder(_ name: String) {
        let key = NameKey(name)
        order.remove(at: order.partitioningIndex { !($0 < key) })
    }

    // MARK: Learning

    mutating func learn(_ floor: UInt64, _ entries: [RegisterEntry]) -> Bool {
        guard isLearning else { return false }
        self.floor = max(self.floor, floor)
        for entry in entries {
            let known = copies[entry.name]?.accepted ?? .zero
            guard isNews(entry, to: known) else { continue }
            var copy = copies[entry.name] ?? RegisterCopy()
            take(entry.name, entry.ballot, entry.value, into: &copy)
            copies[entry.name] = copy
        }
        return true
    }

    private func isNews(_ entry: RegisterEntry, to known: Ballot) -> Bool {
        #if HOLDFAST_PLANTS
            if Plant.lessonOverwrites.isActive { return true }
        #endif
        return entry.ballot > known
    }

    mutating func endLearning() -> Bool {
        defer { isLearning = false }
        return isLearning
    }
}

extension Array {
    /// The first place of which `isBehind` is true, in an order in which it stays true.
    fileprivate func partitioningIndex(_ isBehind: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
