package import HoldfastNode

/// The registers of a node in memory: what an acceptor of a proposal does.
package struct MemoryRegisters: Sendable {
    private var copies = NameTable<RegisterCopy>()
    /// What a register that is not there has promised.
    package private(set) var floor: UInt64 = 0

    package init() {}

    package var count: Int { copies.count }
    var isEmpty: Bool { copies.isEmpty && floor == 0 }

    package subscript(name: String) -> RegisterCopy? { copies[name] }

    package mutating func execute(_ name: String, _ step: RegisterStep) -> RegisterReply {
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
            guard ballot >= copy.promised, ballot > copy.accepted else {
                return .conflict(counter: most.counter)
            }
            copy.accepted = ballot
            copy.promised = ballot
            copy.value = value
        }
        let isNextPromised = next.map { $0 >= copy.promised } ?? false
        if let next, isNextPromised { copy.promised = next }
        copies[name] = copy
        return .accepted(isNextPromised: isNextPromised)
    }

    private mutating func collect(_ name: String, _ ballot: Ballot, _ floor: UInt64) -> Bool {
        guard let copy = copies[name], copy.promised <= ballot else { return false }
        let isDead = copy.accepted == ballot && copy.value?.isDead == true
        guard isDead || copy.accepted == .zero else { return false }
        copies[name] = nil
        self.floor = max(self.floor, floor, ballot.counter)
        return true
    }
}
