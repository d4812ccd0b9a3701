package import HoldfastBase

/// What became of an answer.
package enum AnswerOutcome: Equatable, Sendable {
    case written
    /// The stream is closed, answered, or the connection is ending: nothing was written.
    case gone
    /// Larger than the peer takes: an error went out in its place.
    case tooLarge
    /// The deadline had passed: DEADLINE_EXCEEDED went out in its place.
    case late
}

/// What became of an element of a server stream.
package enum ItemOutcome: Equatable, Sendable {
    case written
    /// Nothing may be sent until the caller gives credit.
    case noCredit
    /// Too much is queued for this connection: try again when it has drained.
    case full
    case gone
    case tooLarge
}

/// Opening, answering and closing streams.
extension ServerConnection {
    /// Takes the call in, or answers it with the limit that forbids it.
    ///
    /// - Returns: the slot of the stream, or `nil` when it was refused.
    @inline(__always)
    package mutating func open(
        _ call: IncomingCall, kind: StreamKind, method: Int, now: Instant
    ) -> Int? {
        guard hasRoom(for: kind) else {
            refuseForRoom(call.stream, kind)
            return nil
        }
        var credit: UInt32 = 0
        var deadline = call.deadline
        if kind == .parked {
            let asked = unsafe call.head.initialCredit
            credit = asked == 0 ? 16 : asked
            // A wait lasts as long as its caller wants: the greatest timeout is for answers.
            let timeout = unsafe call.head.timeoutUs
            deadline = timeout == 0 ? .never : now + .microseconds(Int64(clamping: timeout))
        }
        count(kind, by: 1)
        let slot = streams.open(
            StreamRecord(
                stream: call.stream, kind: kind, opened: now, deadline: deadline,
                method: UInt16(truncatingIfNeeded: method), credit: credit))
        if deadline < earliestDeadline {
            earliestDeadline = max(deadline, expiryDue)
            lowerWake(to: earliestDeadline)
        }
        return slot
    }

    /// Answers a call that is not opened.
    @discardableResult
    package mutating func refuse(_ stream: UInt32, _ error: RPCError) -> ServerStep {
        output.append(.response, stream: stream, head: error.head)
        return .consumed
    }

    /// Answers OK at once a call that was not opened: the whole work was done inside the tick.
    @inline(__always)
    package mutating func answerDirectly(
        _ stream: UInt32, bodyBytes: Int, _ write: (inout WireWriter) -> Void
    ) -> AnswerOutcome {
        guard bodyBytes <= responseBytesMax else {
            output.append(.response, stream: stream, head: Self.tooLarge(bodyBytes).head)
            return .tooLarge
        }
        output.append(.response, stream: stream, bodyBytes: bodyBytes, write)
        return .written
    }

    /// Answers OK and ends the stream.
    package mutating func respond(
        _ stream: UInt32, bodyBytes: Int, now: Instant, _ write: (inout WireWriter) -> Void
    ) -> AnswerOutcome {
        guard let slot = streams.slot(of: stream) else { return .gone }
        defer { release(slot, now: now) }
        guard !streams[slot].answered, !isClosing else { return .gone }
        guard !answeredLate(slot, now) else { return .late }
        let outcome = answerDirectly(stream, bodyBytes: bodyBytes, write)
        // Answers of one tick do not wait for each other: without this, all of them would be kept.
        checkHardMark()
        return outcome
    }

    /// Answers with an error and ends the stream.
    @discardableResult
    package mutating func fail(
        _ stream: UInt32, _ error: RPCError, now: Instant
    ) -> AnswerOutcome {
        guard let slot = streams.slot(of: stream) else { return .gone }
        defer { release(slot, now: now) }
        guard !streams[slot].answered, !isClosing else { return .gone }
        guard !answeredLate(slot, now) else { return .late }
        output.append(.response, stream: stream, head: error.head)
        return .written
    }

    /// The deadline passed, and the work ended before the timer fired: no answer but this one.
    private mutating func answeredLate(_ slot: Int, _ now: Instant) -> Bool {
        guard streams[slot].deadline <= now else { return false }
        output.append(.response, stream: streams[slot].stream, head: Self.deadlineExceeded.head)
        return true
    }

    /// Answers with an error now; the slot stays taken until the work has ended and `respond` or
    /// `fail` says so. For a caller that must not wait for work that is slow to stop.
    package mutating func answerEarly(_ stream: UInt32, _ error: RPCError) {
        guard let slot = streams.slot(of: stream), !streams[slot].answered else { return }
        streams[slot].answered = true
        streams[slot].cancelled = true
        streams[slot].earlyCode = UInt8(truncatingIfNeeded: error.code.rawValue)
        hasAbandoned = true
        guard !isClosing else { return }
        output.append(.response, stream: stream, head: error.head)
    }

    /// Sends one element of a server stream.
    package mutating func sendItem(
        _ stream: UInt32, bodyBytes: Int, _ write: (inout WireWriter) -> Void
    ) -> ItemOutcome {
        guard let slot = streams.slot(of: stream), !streams[slot].answered, !isClosing else {
            return .gone
        }
        guard streams[slot].credit > 0 else { return .noCredit }
        // A stream with much credit fills no more than this in one tick: others have their turn.
        guard output.count < settings.itemsQueuedBytesMax else { return .full }
        guard bodyBytes <= responseBytesMax else { return .tooLarge }
        streams[slot].credit -= 1
        output.append(.item, stream: stream, bodyBytes: bodyBytes, write)
        return .written
    }

    /// The shell has written `size` bytes of `output`.
    package mutating func written(_ size: Int, now: Instant) {
        output.written(size)
        if output.isEmpty {
            writeDue = .never
        } else if size > 0 || writeDue == .never {
            writeDue = now + settings.limits.writeStallTimeout
            lowerWake(to: writeDue)
        }
        checkHardMark()
        if isClosing, closeDue == .never, !output.isEmpty {
            closeDue = now + settings.limits.writeStallTimeout
            lowerWake(to: closeDue)
        }
    }

    private mutating func checkHardMark() {
        if output.count > settings.limits.outboundHardBytes { closeForSlowness() }
    }

    var isClosing: Bool {
        if case .closing = phase { return true }
        return false
    }

    func hasRoom(for kind: StreamKind) -> Bool {
        let limits = settings.limits
        return switch kind {
        // Vital calls beyond the slots kept for them take ordinary ones.
        case .unary:
            activeCount + max(0, vitalCount - limits.reservedStreams) < limits.activeStreamsMax
        case .parked: parkedCount < limits.parkedStreamsMax
        case .vital:
            activeCount + vitalCount < limits.activeStreamsMax + limits.reservedStreams
        }
    }

    mutating func count(_ kind: StreamKind, by change: Int) {
        switch kind {
        case .unary: activeCount += change
        case .parked: parkedCount += change
        case .vital: vitalCount += change
        }
    }

    /// Frees the slot of a stream whose work has ended.
    mutating func release(_ slot: Int, now: Instant) {
        count(streams[slot].kind, by: -1)
        streams.close(slot: slot)
        lastCall = now
        lowerWake(to: idleDue)
        finishDrainIfEmpty()
    }

    @inline(never)
    private mutating func refuseForRoom(_ stream: UInt32, _ kind: StreamKind) {
        let limits = settings.limits
        let (limit, reason) =
            kind == .parked
            ? (limits.parkedStreamsMax, "PARKED_STREAMS_LIMIT")
            : (limits.activeStreamsMax, "ACTIVE_STREAMS_LIMIT")
        refuse(
            stream,
            RPCError(
                .resourceExhausted, "this connection has \(limit) calls open already",
                reason: reason, isNotProcessed: true))
    }

    private static func tooLarge(_ size: Int) -> RPCError {
        RPCError(
            .resourceExhausted, "the answer of \(size) bytes is larger than the caller takes",
            reason: "RESPONSE_TOO_LARGE")
    }
}
