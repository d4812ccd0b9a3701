package import HoldfastBase

/// What goes to the node.
extension NodeSession {
    /// Sends a call. When it is accepted, exactly one value or failure with `tag` follows, at about
    /// `deadline` at the latest.
    package mutating func submit(
        _ call: borrowing ScriptCall, tag: UInt64, deadline: Instant, now: Instant
    ) -> SubmitOutcome {
        guard case .ready = phase else { return .notReady }
        guard call.isWhole, call.script < scripts.count else {
            unreachable("a call of an unknown script, or without all its words")
            return .notReady
        }
        guard openCommands < settings.commandsMax,
            lane.byteCount + held.byteCount < settings.commandBytesMax
        else { return .full }
        let command = PendingCommand(
            purpose: .call, bytes: 0, tag: tag, deadline: deadline, script: call.script)
        if lane.isEmpty { quietSince = now }
        if isRepairing {
            held.append(command, call.bytes)
        } else {
            lane.append(command, call.bytes)
        }
        earliestDeadline = min(earliestDeadline, deadline)
        return .accepted
    }

    /// Asks a ready node for its facts again: `facts` or `factsRefused` follows. False when there
    /// is no connection, or when they have been asked for already and will come.
    package mutating func refreshFacts(now: Instant) -> Bool {
        guard case .ready = phase, draft == nil else { return false }
        askFacts(now: now)
        return true
    }

    mutating func askFacts(now: Instant) {
        draft = FactsDraft(asked: now)
        for part in FactsDraft.Part.asked(gateKey: settings.gateKey) {
            scratch.removeAll()
            part.command(gateKey: settings.gateKey, into: &scratch)
            send(.fact(part), now: now)
        }
    }

    mutating func load(_ index: Int, now: Instant) {
        scratch.removeAll()
        scratch.command(["SCRIPT", "LOAD", scripts[index].source])
        send(.load, script: index, now: now)
    }

    /// Sends what is in `scratch`.
    mutating func send(_ purpose: PendingCommand.Purpose, script: Int = 0, now: Instant) {
        if lane.isEmpty { quietSince = now }
        lane.append(PendingCommand(purpose: purpose, bytes: 0, script: script), from: scratch)
    }

    mutating func pingIfIdle(now: Instant) {
        guard settings.pingInterval != .zero, now >= quietSince + settings.pingInterval else {
            return
        }
        scratch.removeAll()
        scratch.command(["PING"])
        send(.ping, now: now)
    }

    /// Ends the commands whose deadline has passed: those that have begun to leave are given up and
    /// their answers will be swallowed, the others are taken out.
    mutating func giveUpLate(now: Instant) {
        guard now >= earliestDeadline else { return }
        earliestDeadline = .never
        var offset = 0
        var isAnyUnsent = false
        for index in 0..<lane.count {
            let command = lane[index]
            if command.purpose == .call, !command.isGivenUp {
                if command.deadline > now {
                    earliestDeadline = min(earliestDeadline, command.deadline)
                } else if lane.isUnsent(at: offset) {
                    events.append(.failure(tag: command.tag, .notSent))
                    isAnyUnsent = true
                } else {
                    events.append(.failure(tag: command.tag, .unknownOutcome))
                    lane[index].isGivenUp = true
                    givenUp += 1
                }
            }
            offset += command.bytes
        }
        if isAnyUnsent { lane.removeUnsent { $0.purpose == .call && $0.deadline <= now } }
        giveUpHeld(now: now)
    }

    private mutating func giveUpHeld(now: Instant) {
        guard !held.isEmpty else { return }
        for index in 0..<held.count {
            let command = held[index]
            if command.deadline > now {
                earliestDeadline = min(earliestDeadline, command.deadline)
            } else {
                events.append(.failure(tag: command.tag, .notSent))
            }
        }
        held.removeUnsent { $0.deadline <= now }
    }
}
