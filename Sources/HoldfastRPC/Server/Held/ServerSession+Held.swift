internal import HoldfastBase
internal import HoldfastRuntime
internal import HoldfastWireProtocol

/// Held calls: open streams of the machine without a task, and nothing else; their answers come in
/// by number.
extension ServerSession {
    /// Opens the stream of a call that is to be answered later; `nil` when it was refused.
    @inline(__always)
    func hold(_ incoming: IncomingCall, kind: StreamKind, method: Int) -> Instant? {
        guard
            let slot = unsafe machine.pointee.open(
                incoming, kind: kind, method: method, now: loop.now)
        else { return nil }
        return unsafe machine.pointee.record(inSlot: slot).deadline
    }

    // MARK: Answers

    @inline(__always)
    func respond(held stream: UInt32, bodyBytes: Int, _ write: (inout WireWriter) -> Void) {
        guard let slot = heldSlot(of: stream) else { return }
        let record = unsafe machine.pointee.record(inSlot: slot)
        if !record.answered {
            guard !mustEndAsStream(slot, record, .finished) else { return }
            makeRoom(for: bodyBytes)
        } else {
            forgetElements(slot)
        }
        let outcome = unsafe machine.pointee.respond(
            stream, bodyBytes: bodyBytes, now: loop.now, write)
        ended(held: record, outcome, .ok)
    }

    func fail(held stream: UInt32, _ error: RPCError) {
        guard let slot = heldSlot(of: stream) else { return }
        let record = unsafe machine.pointee.record(inSlot: slot)
        if !record.answered {
            guard !mustEndAsStream(slot, record, .failed(error)) else { return }
        } else {
            forgetElements(slot)
        }
        failNow(record, error)
    }

    private func failNow(_ record: StreamRecord, _ error: RPCError) {
        let outcome = unsafe machine.pointee.fail(record.stream, error, now: loop.now)
        ended(held: record, outcome, error.code)
    }

    /// Where an open held stream is; `nil`, and counted, where it is none any more.
    @inline(__always)
    private func heldSlot(of stream: UInt32) -> Int? {
        if case .open = state, let slot = unsafe machine.pointee.slot(of: stream) { return slot }
        shard.desk.countDropped()
        return nil
    }

    @inline(__always)
    private func ended(held record: StreamRecord, _ outcome: AnswerOutcome, _ code: RPCCode) {
        let counted: UInt32 =
            switch outcome {
            case .written: code.rawValue
            case .tooLarge: RPCCode.resourceExhausted.rawValue
            case .late: RPCCode.deadlineExceeded.rawValue
            case .gone: UInt32(record.earlyCode)
            }
        if outcome == .gone { shard.desk.countDropped() }
        let method = Int(record.method)
        shard.statistics.countEnd(
            method: method, code: counted, after: loop.now - record.opened)
        markDirty()
    }

    // MARK: Streams

    /// Deals with the end of a stream that has more to say than its answer: true when that is done.
    @inline(__always)
    private func mustEndAsStream(
        _ slot: Int, _ record: StreamRecord, _ ending: HeldElements.Ending
    ) -> Bool {
        guard record.kind == .parked else { return false }
        return endStream(slot, record, ending)
    }

    @inline(never)
    private func endStream(
        _ slot: Int, _ record: StreamRecord, _ ending: HeldElements.Ending
    ) -> Bool {
        if let waiting = heldStreams[slot] {
            waiting.ending = ending
            return true
        }
        // The caller must not take the end it wished for for the end of the elements.
        guard record.cancelled, case .finished = ending, heldMethod(record)?.isStream ?? false
        else { return false }
        failNow(record, Self.cancelled)
        return true
    }

    func send(held stream: UInt32, bodyBytes: Int, _ write: (inout WireWriter) -> Void) {
        guard let slot = heldSlot(of: stream) else { return }
        guard unsafe !machine.pointee.record(inSlot: slot).cancelled else {
            // Legal race: the caller's wish to end crossed the element.
            shard.desk.countDropped()
            return
        }
        if let waiting = heldStreams[slot] {
            keep(slot, waiting, bodyBytes, write)
            return
        }
        switch unsafe machine.pointee.sendItem(stream, bodyBytes: bodyBytes, write) {
        case .written:
            shard.statistics.itemsSent &+= 1
            markDirty()
        case .noCredit: keep(slot, HeldElements(), bodyBytes, write)
        case .full:
            keep(slot, HeldElements(), bodyBytes, write)
            if heldStreams[slot] != nil { waitingForRoom.insert(slot) }
        case .tooLarge: abandonStream(slot, .elementTooLarge)
        case .gone: shard.desk.countDropped()
        }
    }

    func tellWhenSent(held stream: UInt32) {
        guard let slot = heldSlot(of: stream) else { return }
        if let waiting = heldStreams[slot] { waiting.isAwaited = true } else { tellSent(slot) }
    }

    private func tellSent(_ slot: Int) {
        let record = unsafe machine.pointee.record(inSlot: slot)
        guard let held = heldMethod(record) else { return }
        shard.desk.tell(
            held.observer,
            HeldCallID(desk: shard.desk.number, session: token, stream: record.stream), nil)
    }

    /// Keeps an element until it may go, or ends the stream where too much is kept already.
    private func keep(
        _ slot: Int, _ waiting: HeldElements, _ bodyBytes: Int,
        _ write: (inout WireWriter) -> Void
    ) {
        let size = HeldElements.bytes(ofBody: bodyBytes)
        guard waiting.count + size <= settings.limits.streamQueueBytesMax,
            heldBytes + size <= settings.limits.outboundHardBytes
        else {
            abandonStream(slot, .slowConsumer)
            return
        }
        heldStreams[slot] = waiting
        waiting.append(bodyBytes: bodyBytes, write)
        heldBytes += size
    }

    /// Sends what waits as far as credit and room reach.
    func resumeHeld(_ slot: Int) {
        guard let waiting = heldStreams[slot] else { return }
        let record = unsafe machine.pointee.record(inSlot: slot)
        markDirty()
        while let size = waiting.firstBytes {
            let outcome = unsafe machine.pointee.sendItem(record.stream, bodyBytes: size) {
                waiting.putFirst(size, into: &$0)
            }
            switch outcome {
            case .written:
                waiting.removeFirst(size)
                heldBytes -= HeldElements.bytes(ofBody: size)
                shard.statistics.itemsSent &+= 1
            case .noCredit: return
            case .full:
                waitingForRoom.insert(slot)
                return
            case .tooLarge:
                abandonStream(slot, .elementTooLarge)
                return
            case .gone:
                forgetElements(slot)
                return
            }
        }
        forgetElements(slot)
        switch waiting.ending {
        case nil: if waiting.isAwaited { tellSent(slot) }
        case .finished:
            let outcome = unsafe machine.pointee.respond(
                record.stream, bodyBytes: 0, now: loop.now
            ) { _ in }
            ended(held: record, outcome, .ok)
        case .failed(let error): failNow(record, error)
        }
    }

    /// Ends a stream whose caller does not take what is sent.
    private func abandonStream(_ slot: Int, _ end: HeldCallEnd) {
        let record = unsafe machine.pointee.record(inSlot: slot)
        let error =
            switch end {
            case .elementTooLarge:
                RPCError(
                    .resourceExhausted, "a stream element is larger than the caller takes",
                    reason: "RESPONSE_TOO_LARGE")
            default:
                RPCError(
                    .resourceExhausted, "the elements of the stream are not taken in time",
                    reason: "SLOW_CONSUMER")
            }
        unsafe machine.pointee.answerEarly(record.stream, error)
        markDirty()
        abandonHeld(slot, end)
    }

    /// Drops what waits for a caller that has its answer. Before the place of the stream is free:
    /// what is kept there then is the next one's.
    private func forgetElements(_ slot: Int) {
        guard let waiting = heldStreams.removeValue(forKey: slot) else { return }
        heldBytes -= waiting.count
        waitingForRoom.remove(slot)
    }

    // MARK: Ends

    /// The caller wants the call no more. Its holder answers; where the holder has gone and only
    /// elements waited, nobody else would.
    func cancelHeld(_ stream: UInt32) {
        guard let slot = unsafe machine.pointee.slot(of: stream) else { return }
        let record = unsafe machine.pointee.record(inSlot: slot)
        let isLeft = heldStreams[slot]?.ending != nil
        forgetElements(slot)
        if isLeft { failNow(record, Self.cancelled) } else { tellHolder(slot, .cancelled) }
    }

    /// The call in `slot` was answered before its work has ended.
    func abandonHeld(_ slot: Int, _ end: HeldCallEnd? = nil) {
        let record = unsafe machine.pointee.record(inSlot: slot)
        let isLeft = heldStreams[slot]?.ending != nil
        forgetElements(slot)
        if isLeft {
            failNow(record, Self.cancelled)
        } else {
            tellHolder(slot, end ?? (record.deadline <= loop.now ? .deadlinePassed : .drained))
        }
    }

    /// The connection ends: every holder hears of it.
    func endHeld() {
        heldStreams.removeAll()
        heldBytes = 0
        let end = unsafe machine.pointee.slotsEnd
        for slot in 0..<end { tellHolder(slot, .disconnected) }
    }

    private func tellHolder(_ slot: Int, _ end: HeldCallEnd) {
        let record = unsafe machine.pointee.record(inSlot: slot)
        guard record.isOpen, !record.told, let held = heldMethod(record) else { return }
        unsafe machine.pointee.markTold(slot: slot)
        shard.desk.tell(
            held.observer,
            HeldCallID(desk: shard.desk.number, session: token, stream: record.stream), end)
    }

    private func heldMethod(_ record: StreamRecord) -> HeldMethod? {
        guard case .held(let held) = shard.methods.entries[Int(record.method)].work else {
            return nil
        }
        return held
    }

    private static var cancelled: RPCError { RPCError(.cancelled, "the call was cancelled") }
}
