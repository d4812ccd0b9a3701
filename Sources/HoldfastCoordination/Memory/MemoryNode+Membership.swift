internal import HoldfastNode

extension MemoryNode {
    mutating func form(_ identity: GateIdentity) -> NodeReply {
        if let present = gate?.identity {
            return present == identity
                ? .accepted(microseconds: nowMicroseconds) : .refused(.other(present))
        }
        guard isEmpty else { return .refused(.missing) }
        gate = Gate(identity: identity)
        gate?.turn(milliseconds: now)
        return .accepted(microseconds: nowMicroseconds)
    }

    mutating func raiseEpoch(_ epoch: UInt64, expecting identity: GateIdentity) -> NodeReply {
        guard let present = gate?.identity else { return .refused(.missing) }
        guard present == identity, epoch > present.epoch else {
            return .refused(.other(present))
        }
        gate?.identity.epoch = epoch
        return .gate(shownGate, isEmpty: isEmpty)
    }

    /// What the node held is older than its absence; others have the votes now.
    /// It is deleted only if the gate is still the one that the server saw, or gone: another server may
    /// have admitted the node meanwhile.
    mutating func admit(
        _ identity: GateIdentity, _ floor: Fence, _ longest: UInt64, _ learns: Bool,
        expecting seen: GateIdentity
    ) -> NodeReply {
        if let present = gate?.identity,
            present.cluster != identity.cluster || present.epoch >= identity.epoch
                || present != seen
        {
            return present == identity
                ? .accepted(microseconds: nowMicroseconds) : .refused(.other(present))
        }
        let (keptNow, keptMicroseconds) = (now, nowMicroseconds)
        let generation = generation
        self = MemoryNode()
        (now, nowMicroseconds, self.generation) = (keptNow, keptMicroseconds, generation)
        var gate = Gate(identity: identity)
        gate.floor = floor
        gate.reserved = floor
        gate.reservedBefore = floor
        gate.longestTTL = longest
        gate.turn(milliseconds: now)
        registers = MemoryRegisters(isLearning: learns)
        self.gate = gate
        return .accepted(microseconds: nowMicroseconds)
    }

    mutating func heartbeat(
        _ server: ServerID, _ lease: UInt64, _ watch: UInt64
    ) -> NodeReply {
        if servers.updateValue(now + lease, forKey: server) == nil {
            expiries.insert(.init(at: now + lease, subject: .server(server)))
        }
        let watched = gate?.watchedUntil ?? 0
        if watch > 0, watched <= now {
            // What changed while nobody watched is not in the log: nobody goes on from before.
            // Nor do sequences come again where the node was emptied.
            changesFirst = max(changesFirst + UInt64(changes.count), nowMicroseconds) + 1
            changes = []
        }
        if watch > 0, watched < now + watch { gate?.watchedUntil = now + watch }
        return .accepted(microseconds: nowMicroseconds)
    }

    func readChanges(_ after: UInt64, _ limit: Int) -> NodeReply {
        let last = changesFirst + UInt64(changes.count) - 1
        guard after < last else { return .changes(first: changesFirst, last: last, []) }
        let start = after < changesFirst ? 0 : Int(after + 1 - changesFirst)
        let end = min(changes.count, start + limit)
        return .changes(
            first: changesFirst, last: changesFirst + UInt64(end) - 1, Array(changes[start..<end]))
    }
}
