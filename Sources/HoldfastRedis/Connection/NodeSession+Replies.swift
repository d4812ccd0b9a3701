package import HoldfastBase

/// What comes from the node.
extension NodeSession {
    /// Bytes of this connection, in their order.
    package mutating func received(_ bytes: RawSpan, now: Instant) {
        guard isOpen else { return }
        reader.feed(bytes)
        while isOpen {
            switch reader.next() {
            case .starved: return
            case .value(let value): take(value, now: now)
            case .violation(let violation): close(.violation(violation), now: now)
            }
        }
    }

    /// Whether there is a transport whose bytes count.
    private var isOpen: Bool {
        switch phase {
        case .greeting, .ready: true
        case .stopped, .paused, .connecting: false
        }
    }

    private mutating func take(_ value: RedisValue, now: Instant) {
        guard let command = lane.first, command.bytes <= lane.sent else {
            unsolicited(value, now: now)
            return
        }
        quietSince = now
        if command.purpose == .call, !command.isGivenUp, command.repeats < 2,
            case .error(let text) = value, RedisFailure.isMissingScript(text)
        {
            repeatFirst(now: now)
        } else {
            lane.removeFirst()
            answered(command, value, now: now)
        }
        if isRepairing, lane.isEmpty { endRepair() }
    }

    /// A node that has too many connections says so before it is asked anything.
    private mutating func unsolicited(_ value: RedisValue, now: Instant) {
        if case .greeting = phase, case .error(let text) = value {
            close(.refused(RedisFailure(error: text)), now: now)
        } else {
            close(.violation(.unsolicited), now: now)
        }
    }

    private mutating func answered(_ command: PendingCommand, _ value: RedisValue, now: Instant) {
        switch command.purpose {
        case .call: answeredCall(command, value, now: now)
        case .authenticate:
            guard case .error(let text) = value else { break }
            let failure = RedisFailure(error: text)
            // "AUTH called without any password configured": the node and we disagree about it.
            if case .scriptError = failure {
                close(.refused(.wrongPassword), now: now)
            } else {
                close(.refused(failure), now: now)
            }
        case .setName:
            guard case .error(let text) = value else { break }
            switch RedisFailure(error: text) {
            case .noPermission, .scriptError: break
            case let failure: close(.refused(failure), now: now)
            }
        case .select:
            guard case .error(let text) = value else { break }
            close(.refused(RedisFailure(error: text)), now: now)
        case .load: answeredLoad(command, value, now: now)
        case .fact(let part): answeredFact(part, value, now: now)
        case .ping: break
        }
    }

    private mutating func answeredCall(
        _ command: PendingCommand, _ value: RedisValue, now: Instant
    ) {
        var isUnauthenticated = false
        if command.isGivenUp {
            givenUp -= 1
        } else if case .error(let text) = value {
            let failure = RedisFailure(error: text)
            events.append(.failure(tag: command.tag, failure))
            isUnauthenticated = failure == .notAuthenticated
        } else {
            events.append(.value(tag: command.tag, value))
        }
        if isUnauthenticated { close(.unauthenticated, now: now) }
    }

    private mutating func answeredLoad(
        _ command: PendingCommand, _ value: RedisValue, now: Instant
    ) {
        switch (value, phase) {
        case (.error(let text), .greeting):
            close(.refused(RedisFailure(error: text)), now: now)
        case (.error, _):
            // The repeated call behind it says what is wrong, under its own tag.
            break
        case (.bulk(let digest), _) where digest.elementsEqual(scripts[command.script].digest.utf8):
            break
        default: close(.violation(.unexpected), now: now)
        }
    }

    private mutating func answeredFact(
        _ part: FactsDraft.Part, _ value: RedisValue, now: Instant
    ) {
        guard let isRight = draft?.take(part, value, now: now), isRight else {
            close(.violation(.unexpected), now: now)
            return
        }
        let last: FactsDraft.Part = settings.gateKey.isEmpty ? .time : .gate
        guard part == last, let draft else { return }
        self.draft = nil
        switch (phase, draft.failure) {
        case (.greeting, nil): becomeReady(draft.result, now: now)
        case (.greeting, let failure?): close(.refused(failure), now: now)
        case (_, nil): events.append(.facts(draft.result))
        case (_, let failure?):
            events.append(.factsRefused(failure))
            if failure == .notAuthenticated { close(.unauthenticated, now: now) }
        }
    }

    // MARK: Scripts that the node lost

    /// The oldest command was refused for want of its script: sends it again, as the last.
    private mutating func repeatFirst(now: Instant) {
        guard var command = lane.first else { return }
        let text = lane.copyFirst()
        lane.removeFirst()
        isRepairing = true
        repeated += 1
        if command.repeats == 0 {
            if reloaded.insert(command.script).inserted { load(command.script, now: now) }
            command.repeats = 1
            unsafe lane.append(command, text.span.bytes)
        } else {
            command.repeats = 2
            unsafe lane.append(command, withSource(text, command.script).span.bytes)
        }
    }

    /// The same call by EVAL, with the source in the place of the digest.
    private func withSource(_ text: [UInt8], _ script: Int) -> [UInt8] {
        // Behind `*5\r\n` stand the two words that every call begins with.
        let start = (text.firstIndex(of: 0x0A) ?? 0) + 1
        let rest = min(text.count, start + RedisScript.callPrefixBytes)
        let source = scripts[script].source
        let words = "$4\r\nEVAL\r\n$\(source.utf8.count)\r\n\(source)\r\n"
        return Array(text[..<start]) + Array(words.utf8) + Array(text[rest...])
    }

    private mutating func endRepair() {
        isRepairing = false
        reloaded.removeAll()
        lane.take(&held)
    }
}
