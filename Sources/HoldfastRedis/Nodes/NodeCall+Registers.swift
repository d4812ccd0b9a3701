internal import HoldfastNode

/// Commands about registers. A ballot is two words, a value three: its kind, when it is due, and its bytes.
extension NodeCall {
    mutating func write(_ name: String, _ step: RegisterStep, _ identity: GateIdentity) {
        switch step {
        case .read: begin(.readRegister, identity, registers: [name], words: 0)
        case .prepare(let ballot):
            begin(.prepare, identity, registers: [name], words: 2)
            append(ballot)
        case .accept(let ballot, let value, let next):
            begin(.accept, identity, registers: [name], words: 7)
            append(ballot)
            append(value)
            append(next ?? .zero)
        case .collect(let ballot, let floor):
            begin(.collect, identity, registers: [name], words: 3)
            append(ballot)
            call.append(max(floor, ballot.counter))
        }
    }

    mutating func write(_ floor: UInt64, _ entries: [RegisterEntry], _ identity: GateIdentity) {
        begin(
            .learn, identity, registers: entries.map(\.name), words: 1 + 5 * entries.count)
        call.append(floor)
        for entry in entries {
            append(entry.ballot)
            append(entry.value)
        }
    }

    private mutating func append(_ ballot: Ballot) {
        call.append(ballot.counter)
        call.append(ballot.proposer)
    }

    private mutating func append(_ value: RegisterValue) {
        call.append(value.isDead ? UInt64(2) : 1)
        call.append(value.due)
        call.append(value.bytes)
    }
}
