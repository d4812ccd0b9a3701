internal import HoldfastBase
internal import HoldfastNode

extension KeyDesk {
    /// Begins the next change of a key, if somebody wants one and none is under way.
    mutating func propose(_ slot: SlotKey) {
        guard case .idle = states[slot]?.phase, let state = states[slot], !state.waiting.isEmpty
        else { return }
        let count = min(state.waiting.count, Self.batchMax)
        states[slot]?.batch = Array(state.waiting.prefix(count))
        states[slot]?.waiting.removeFirst(count)
        if let warm = state.warm, isOfNow(warm.epoch), voters.count >= quorum {
            accept(slot, warm.ballot, warm.record, isWarm: true)
        } else {
            prepare(slot)
        }
    }

    mutating func prepare(_ slot: SlotKey) {
        states[slot]?.warm = nil
        states[slot]?.batch.removeAll { $0.asker == nil }
        guard states[slot]?.batch.isEmpty == false else { return finish(slot, []) }
        guard voters.count >= quorum else { return giveUp(slot) }
        counter += 1
        let ballot = Ballot(counter: counter, proposer: proposer)
        states[slot]?.phase = .preparing(
            ballot, PrepareRound(asked: voters, quorum: quorum), epoch: epoch)
        send(slot, nextTag(slot), .prepare(ballot))
    }

    /// Whether what was promised in an epoch holds still.
    private func isOfNow(_ epoch: UInt64) -> Bool {
        #if HOLDFAST_PLANTS
            if Plant.otherEpoch.isActive { return true }
        #endif
        return epoch == self.epoch
    }

    private mutating func nextTag(_ slot: SlotKey) -> KeyTag {
        rounds.remove(states[slot]?.round ?? .none)
        let round = rounds.insert(slot)
        states[slot]?.round = round
        return KeyTag(slot: round, number: 0, purpose: .change)
    }

    // MARK: Answers

    mutating func changeAnswered(
        _ tag: KeyTag, accepted: (inout AcceptRound) -> AcceptRound.Decision,
        prepared: (inout PrepareRound) -> PrepareRound.Decision
    ) {
        guard let slot = slot(ofRound: tag), let state = states[slot] else { return }
        switch state.phase {
        case .preparing(let ballot, var round, let epoch):
            let decision = prepared(&round)
            states[slot]?.phase = .preparing(ballot, round, epoch: epoch)
            isPrepared(slot, ballot, decision, epoch)
        case .accepting(var proposal):
            let decision = accepted(&proposal.round)
            states[slot]?.phase = .accepting(proposal)
            isAccepted(slot, proposal, decision)
        case .idle, .resting: break
        }
    }

    private mutating func isPrepared(
        _ slot: SlotKey, _ ballot: Ballot, _ decision: PrepareRound.Decision, _ epoch: UInt64
    ) {
        switch decision {
        case .wait: break
        case .promised where !isOfNow(epoch):
            // One of those that promised may have forgotten it, and be a voter again.
            prepare(slot)
        case .promised(let copy):
            guard let value = copy.value else { return accept(slot, ballot, nil, isWarm: false) }
            if let record = KeyRecord(value.bytes) {
                accept(slot, ballot, record, isWarm: false)
            } else {
                finish(slot, states[slot]?.batch.map { _ in .malformed } ?? [])
            }
        case .conflict(let counter):
            // The first time, and after each rest, this server may only not know how far the others
            // are: it would never get a turn beside one that changes the key more often than it rests.
            lost(slot, to: counter, atOnce: (states[slot]?.losses ?? 0).isMultiple(of: 2))
        case .silent: giveUp(slot)
        }
    }

    private mutating func isAccepted(
        _ slot: SlotKey, _ proposal: KeyState.Proposal, _ decision: AcceptRound.Decision
    ) {
        switch decision {
        case .wait: break
        case .committed(let isNextPromised):
            noteRound(proposal)
            if isNextPromised {
                states[slot]?.warm = KeyState.Warm(
                    ballot: proposal.next, record: proposal.record, epoch: proposal.epoch)
            }
            finish(slot, proposal.outcomes)
        // Of a ballot from the last change, it only says that another server had a turn since.
        case .conflict(let counter): lost(slot, to: counter, atOnce: proposal.isWarm)
        case .silent: giveUp(slot)
        }
    }

    // MARK: What comes of it

    /// Makes of the record what the batch makes of it, and has it accepted. The ballot is used up.
    private mutating func accept(
        _ slot: SlotKey, _ ballot: Ballot, _ base: KeyRecord?, isWarm: Bool
    ) {
        states[slot]?.warm = nil
        guard let batch = states[slot]?.batch else { return }
        #if HOLDFAST_PLANTS
            if Plant.ballotReused.isActive, let base {
                states[slot]?.warm = KeyState.Warm(ballot: ballot, record: base, epoch: epoch)
            }
        #endif
        var record = base
        var outcomes: [KeyOutcome] = []
        for pending in batch {
            outcomes.append(outcome(of: pending, on: &record, base: ballot.counter))
        }
        guard let record else {
            // There is nothing, and nothing of smaller ballots can come: those that promised say so.
            // What they have promised is nothing to be kept.
            let tag = KeyTag(slot: slot, number: 0, purpose: .collect)
            guard let name = states[slot]?.name else { return }
            for node in voters {
                actions.append(
                    .send(
                        node: node, tag, name: name,
                        .collect(ballot, floor: ballot.counter)))
            }
            return finish(slot, outcomes)
        }
        for place in batch.indices where batch[place].sentAs == nil {
            states[slot]?.batch[place].sentAs = (base?.version ?? ballot.counter) + 1
        }
        counter += 1
        let next = Ballot(counter: counter, proposer: proposer)
        states[slot]?.phase = .accepting(
            KeyState.Proposal(
                round: AcceptRound(asked: voters, quorum: quorum), record: record,
                outcomes: outcomes, next: next, epoch: epoch, isWarm: isWarm))
        send(slot, nextTag(slot), .accept(ballot, record.encoded(keeping: retention), next: next))
    }

    private func outcome(
        of pending: KeyState.Pending, on record: inout KeyRecord?, base: UInt64
    ) -> KeyOutcome {
        if pending.operation != .none, let version = record?.version(by: pending.operation) {
            return .applied(version: version)
        }
        // It may have been made by an earlier round, and have been forgotten since.
        if let sentAs = pending.sentAs, let forgotten = record?.forgotten, forgotten >= sentAs,
            pending.change.kind != .look
        {
            return .unknown
        }
        return pending.change.apply(to: &record, by: pending.operation, base: base, at: now)
    }

    /// Another server was faster. What was sent may still be made, by that server too.
    private mutating func lost(_ slot: SlotKey, to counter: UInt64, atOnce: Bool) {
        statistics.roundsLost += 1
        self.counter = max(self.counter, min(counter, Ballot.numberMax - 1))
        states[slot]?.warm = nil
        states[slot]?.losses += 1
        if atOnce { return prepare(slot) }
        states[slot]?.phase = .resting
        let losses = states[slot]?.losses ?? 1
        let longest = min(
            Self.restMax.nanoseconds, Self.restMin.nanoseconds << Int64(min(losses, 7)))
        let rest = Interval(nanoseconds: Int64.random(in: 0...longest, using: &generator))
        actions.append(.wake(nextTag(slot), at: now.instant + rest))
    }

    /// Too few nodes answered, or vote.
    private mutating func giveUp(_ slot: SlotKey) {
        statistics.roundsSilent += 1
        let outcomes = states[slot]?.batch.map { pending -> KeyOutcome in
            #if HOLDFAST_PLANTS
                if Plant.unknownDenied.isActive { return .unavailable }
            #endif
            return pending.sentAs == nil || pending.change.kind == .look ? .unavailable : .unknown
        }
        #if HOLDFAST_PLANTS
            if Plant.ballotReused.isActive { return finish(slot, outcomes ?? []) }
        #endif
        states[slot]?.warm = nil
        finish(slot, outcomes ?? [])
    }

    private mutating func noteRound(_ proposal: KeyState.Proposal) {
        if proposal.isWarm { statistics.roundsWarm += 1 } else { statistics.roundsCold += 1 }
        statistics.folded += UInt64(max(0, proposal.outcomes.count - 1))
    }

    private mutating func finish(_ slot: SlotKey, _ outcomes: [KeyOutcome]) {
        guard let batch = states[slot]?.batch else { return }
        states[slot]?.batch = []
        states[slot]?.phase = .idle
        states[slot]?.losses = 0
        for (pending, outcome) in zip(batch, outcomes) {
            statistics.note(outcome)
            respond(pending.asker, outcome)
        }
        propose(slot)
        settle(slot)
    }
}
