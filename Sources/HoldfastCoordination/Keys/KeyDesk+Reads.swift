internal import HoldfastBase
internal import HoldfastNode

extension KeyDesk {
    /// Begins the next reading of a key. Who asks while one is under way waits for the next: what that
    /// one sees may be older than the question.
    mutating func read(_ slot: SlotKey) {
        #if HOLDFAST_PLANTS
            if Plant.readingShared.isActive, case .asking = states[slot]?.reading {
                let joining = states[slot]?.nextReaders ?? []
                states[slot]?.readers += joining
                states[slot]?.nextReaders = []
            }
        #endif
        guard case .idle = states[slot]?.reading, let readers = states[slot]?.nextReaders,
            !readers.isEmpty
        else { return }
        states[slot]?.readers = readers
        states[slot]?.nextReaders = []
        guard voters.count >= quorum else { return finishReading(slot, .unavailable) }
        states[slot]?.reading = .asking(ReadRound(asked: voters, quorum: quorum))
        send(slot, nextReadTag(slot), .read)
    }

    private mutating func nextReadTag(_ slot: SlotKey) -> KeyTag {
        rounds.remove(states[slot]?.readRound ?? .none)
        let round = rounds.insert(slot)
        states[slot]?.readRound = round
        return KeyTag(slot: round, number: 0, purpose: .read)
    }

    mutating func readAnswered(
        _ tag: KeyTag, asked: (inout ReadRound) -> ReadRound.Decision,
        repaired: (inout AcceptRound) -> AcceptRound.Decision
    ) {
        guard let slot = rounds[tag.slot], let state = states[slot], state.readRound == tag.slot
        else { return }
        switch state.reading {
        case .asking(var round):
            let decision = asked(&round)
            states[slot]?.reading = .asking(round)
            isRead(slot, decision)
        case .repairing(var round, let copy):
            let decision = repaired(&round)
            states[slot]?.reading = .repairing(round, copy)
            isRepaired(slot, copy, decision)
        case .idle: break
        }
    }

    private mutating func isRead(_ slot: SlotKey, _ decision: ReadRound.Decision) {
        switch decision {
        case .wait: break
        case .value(let copy):
            statistics.readsInOne += 1
            finishReading(slot, view(copy))
        case .differs(let copy):
            guard let value = copy.value, voters.count >= quorum else {
                return finishReading(slot, .unavailable)
            }
            states[slot]?.reading = .repairing(
                AcceptRound(asked: voters, quorum: quorum), copy)
            send(slot, nextReadTag(slot), .accept(copy.accepted, value, next: nil))
        case .silent: finishReading(slot, .unavailable)
        }
    }

    private mutating func isRepaired(
        _ slot: SlotKey, _ copy: RegisterCopy, _ decision: AcceptRound.Decision
    ) {
        switch decision {
        case .wait: break
        case .committed:
            statistics.readsInTwo += 1
            finishReading(slot, view(copy))
        case .conflict:
            // Something newer is under way: a change that changes nothing finds out.
            let readers = states[slot]?.readers ?? []
            statistics.readsByChange += 1
            states[slot]?.readers = []
            states[slot]?.reading = .idle
            for asker in readers {
                states[slot]?.waiting.append(
                    .init(asker: asker, operation: .none, change: KeyChange(.look)))
            }
            propose(slot)
            read(slot)
        case .silent: finishReading(slot, .unavailable)
        }
    }

    private func view(_ copy: RegisterCopy) -> KeyOutcome {
        guard let value = copy.value else { return .value(nil) }
        guard let record = KeyRecord(value.bytes) else { return .malformed }
        return .value(
            record.value(at: wallMilliseconds).map {
                KeyView(
                    version: record.version, value: $0, expiresAt: record.expiresAt,
                    at: wallMilliseconds)
            })
    }

    private mutating func finishReading(_ slot: SlotKey, _ outcome: KeyOutcome) {
        let readers = states[slot]?.readers ?? []
        states[slot]?.readers = []
        states[slot]?.reading = .idle
        for asker in readers { respond(asker, outcome) }
        read(slot)
        settle(slot)
    }
}
