internal import HoldfastBase
internal import HoldfastRuntime
internal import HoldfastSystem
internal import HoldfastWireProtocol

/// Calls: from a frame to a handler and back.
extension ServerSession {
    /// What a call that begins a task weighs in the frames of a tick: about so many plain calls.
    private static let framesOfTask = 16

    /// Gives whole frames of `input` to the machine and carries out what it says.
    ///
    /// - Returns: how many bytes were taken.
    func process(_ input: UnsafeRawBufferPointer) -> Int {
        let span = unsafe RawSpan(_unsafeBytes: input)
        let machine = unsafe self.machine
        let arena = unsafe shard.arena
        let now = loop.now
        var offset = 0
        var framesLeft = settings.limits.framesPerTickMax
        var turn = Turn()
        // An answer that makes room may end the session: nothing is begun for it then.
        while case .open = state, unsafe machine.pointee.wantsRead {
            guard framesLeft > 0 else {
                if offset < input.count { takeTurn() }
                break
            }
            framesLeft -= 1
            // Few frames need no clock.
            if framesLeft & 7 == 0, turn.isOver(Clocks.now()) { framesLeft = 0 }
            let step = unsafe machine.pointee.next(
                span, offset: &offset, now: now, arena: &arena.pointee)
            switch step {
            case .starved:
                unsafe arena.pointee.reset()
                return offset
            case .consumed: break
            case .call(let call): framesLeft -= unsafe dispatch(call, input) - 1
            case .cancelled(let stream): cancel(stream)
            case .credited(let stream): resume(stream)
            case .closing:
                unsafe arena.pointee.reset()
                return input.count
            }
            unsafe arena.pointee.reset()
        }
        return offset
    }

    /// How long frames of one peer are dealt with before what they caused is sent: the peer, and the
    /// nodes, then work on the first while the next are dealt with. A write costs a tenth of this.
    private struct Turn {
        private static let time = Interval.microseconds(100)
        private var end = Instant.never

        /// The first look begins it.
        mutating func isOver(_ now: Instant) -> Bool {
            guard end != .never else {
                end = now + Self.time
                return false
            }
            return now >= end
        }
    }

    /// Begins a call; returns what that weighs, in frames.
    @inline(__always)
    private func dispatch(_ incoming: IncomingCall, _ input: UnsafeRawBufferPointer) -> Int {
        guard let method = unsafe shard.methods.find(incoming.head.method) else {
            refuseUnknown(incoming)
            return 1
        }
        // Not through a copy of the entry, which would count several references up and down.
        switch shard.methods.entries[method].work {
        case .plain(let handler):
            var call = unsafe PlainCall(
                session: self, incoming: incoming, input: input, arena: shard.arena,
                method: method)
            handler(&call)
            if call.code == nil {
                unreachable(
                    "the plain handler of \(shard.methods.entries[method].path) did not answer")
                call.fail(RPCError(.internal, "the handler did not answer"))
            }
            shard.statistics.countCall(method: method, code: call.code?.rawValue ?? 2)
        case .held(let held):
            var call = unsafe PlainCall(
                session: self, incoming: incoming, input: input, arena: shard.arena,
                method: method, kind: shard.methods.entries[method].kind, isStream: held.isStream)
            held.handler(&call)
            guard !call.isHeld else { return 1 }
            if call.code == nil {
                unreachable(
                    "the handler of \(shard.methods.entries[method].path) neither answered nor held the call"
                )
                call.fail(RPCError(.internal, "the handler did not answer"))
            }
            shard.statistics.countCall(method: method, code: call.code?.rawValue ?? 2)
        case .async(let fast, let start):
            if let fast {
                var call = unsafe PlainCall(
                    session: self, incoming: incoming, input: input, arena: shard.arena,
                    method: method)
                fast(&call)
                if let code = call.code {
                    shard.statistics.countCall(method: method, code: code.rawValue)
                    return 1
                }
            }
            unsafe startAsync(
                incoming, input, shard.methods.entries[method], method, start)
            return Self.framesOfTask
        }
        return 1
    }

    private func refuseUnknown(_ incoming: IncomingCall) {
        refuse(
            incoming.stream,
            RPCError(
                .unimplemented, "this server has no such method", reason: "UNKNOWN_METHOD",
                isNotProcessed: true))
        shard.statistics.countCall(
            method: shard.core.entries.count, code: RPCCode.unimplemented.rawValue)
    }

    private func startAsync(
        _ incoming: IncomingCall, _ input: UnsafeRawBufferPointer, _ entry: MethodEntry,
        _ method: Int, _ start: MethodEntry.Start
    ) {
        guard hasTask(for: incoming.stream, entry.kind),
            let slot = unsafe machine.pointee.open(
                incoming, kind: entry.kind, method: method, now: loop.now)
        else {
            shard.statistics.countCall(method: method, code: RPCCode.resourceExhausted.rawValue)
            return
        }
        let call = ServerCall(
            context: context(of: incoming, entry, slot), loop: loop, session: token,
            stream: incoming.stream, slot: slot, method: method, started: loop.now)
        while calls.count <= slot { calls.append(nil) }
        calls[slot] = call
        if entry.kind == .parked { taskStreams += 1 }
        let body = unsafe RawSpan(
            _unsafeBytes: UnsafeRawBufferPointer(rebasing: input[incoming.body]))
        do throws(WireDecodingError) {
            unsafe try start(call, body, &shard.arena.pointee)
        } catch {
            finish(call, failing: error.rpcError)
        }
    }

    /// Whether one more task may be begun for the call; one for which none may is answered.
    private func hasTask(for stream: UInt32, _ kind: StreamKind) -> Bool {
        let limit = settings.limits.taskStreamsMax
        guard kind == .parked, taskStreams >= limit else { return true }
        refuse(
            stream,
            RPCError(
                .resourceExhausted, "this connection has \(limit) such streams open already",
                reason: "TASK_STREAMS_LIMIT", isNotProcessed: true))
        return false
    }

    private func context(of incoming: IncomingCall, _ entry: MethodEntry, _ slot: Int)
        -> ServerContext
    {
        let head = incoming.copyHead()
        return unsafe ServerContext(
            method: entry.path, requestID: RequestID(head.requestId.span.bytes),
            attempt: Int(head.attempt),
            peer: ServerContext.Peer(
                address: peer.address, identity: peer.identity, agent: machine.pointee.agent,
                connection: peer.connection),
            metadata: head.metadata.map { CallMetadata(name: $0.key, value: $0.value) },
            traceparent: head.traceparent, tracestate: head.tracestate,
            deadline: machine.pointee.record(inSlot: slot).deadline)
    }

    func call(of stream: UInt32) -> ServerCall? {
        unsafe machine.pointee.slot(of: stream).flatMap(call(inSlot:))
    }

    private func call(inSlot slot: Int) -> ServerCall? {
        slot < calls.count ? calls[slot] : nil
    }

    // MARK: Answers

    @inline(__always)
    func answerDirectly(
        _ stream: UInt32, bodyBytes: Int, _ write: (inout WireWriter) -> Void
    ) -> AnswerOutcome {
        makeRoom(for: bodyBytes)
        return unsafe machine.pointee.answerDirectly(stream, bodyBytes: bodyBytes, write)
    }

    func refuse(_ stream: UInt32, _ error: RPCError) {
        unsafe machine.pointee.refuse(stream, error)
    }

    /// The work of a call has ended well.
    func finish(_ call: ServerCall, bodyBytes: Int, _ write: (inout WireWriter) -> Void) {
        guard forget(call) else { return }
        makeRoom(for: bodyBytes)
        let outcome = unsafe machine.pointee.respond(
            call.stream, bodyBytes: bodyBytes, now: loop.now, write)
        let code: RPCCode =
            switch outcome {
            case .written, .gone: .ok
            case .tooLarge: .resourceExhausted
            case .late: .deadlineExceeded
            }
        ended(call, code)
    }

    /// The work of a call has failed.
    func finish(_ call: ServerCall, failing error: RPCError) {
        guard forget(call) else { return }
        unsafe machine.pointee.fail(call.stream, error, now: loop.now)
        ended(call, error.code)
    }

    func send(_ element: some WireMessage, on call: ServerCall) -> ItemOutcome {
        let outcome = unsafe machine.pointee.sendItem(call.stream, bodyBytes: element.encodedBytes)
        {
            element.encode(into: &$0)
        }
        switch outcome {
        case .written:
            shard.statistics.itemsSent &+= 1
            loop.markDirty(token)
        case .full: waitingForRoom.insert(call.slot)
        case .noCredit, .gone, .tooLarge: break
        }
        return outcome
    }

    private func forget(_ call: ServerCall) -> Bool {
        guard call.slot < calls.count, calls[call.slot] === call else { return false }
        calls[call.slot] = nil
        if shard.methods.entries[call.method].kind == .parked { taskStreams -= 1 }
        waitingForRoom.remove(call.slot)
        return true
    }

    private func ended(_ call: ServerCall, _ code: RPCCode) {
        shard.statistics.countCall(method: call.method, code: code.rawValue)
        shard.statistics.countLatency(method: call.method, loop.now - call.started)
        if unsafe machine.pointee.openStreams == 0 { calls.removeAll() }
        loop.markDirty(token)
    }

    // MARK: Cancelling

    private func cancel(_ stream: UInt32) {
        if let call = call(of: stream) { call.cancel() } else { cancelHeld(stream) }
    }

    private func resume(_ stream: UInt32) {
        guard let slot = unsafe machine.pointee.slot(of: stream) else { return }
        if let call = call(inSlot: slot) { call.signal() } else { resumeHeld(slot) }
    }

    /// Cancels the work of streams that were answered before it ended: deadline passed, drained.
    func cancelAbandoned() {
        guard unsafe machine.pointee.takeAbandoned() else { return }
        var slot = 0
        while let next = unsafe machine.pointee.nextAbandoned(fromSlot: slot) {
            if let call = call(inSlot: next.slot) { call.cancel() } else { abandonHeld(next.slot) }
            slot = next.slot + 1
        }
    }

    func cancelCalls() {
        let open = calls
        calls.removeAll()
        for call in open { call?.cancel() }
        endHeld()
    }

    /// Room came back: handlers that wait to send may go on. The first may take all of the room, so
    /// another is the first each time, and where thousands wait most of them are not woken in vain.
    func signalStreams() {
        guard !waitingForRoom.isEmpty, unsafe machine.pointee.output.isEmpty else { return }
        let slots = waitingForRoom.sorted()
        let first = slots.firstIndex { $0 > roomTurn } ?? 0
        roomTurn = slots[first]
        let woken = (slots[first...] + slots[..<first]).prefix(Self.wokenForRoomMax)
        waitingForRoom.subtract(woken)
        for slot in woken {
            if let call = call(inSlot: slot) { call.signal() } else { resumeHeld(slot) }
        }
        // Those who were woken may have nothing to send any more.
        if woken.count < slots.count { loop.markDirty(token) }
    }

    /// Open calls of this connection, at most `max`, for an operator.
    func describeStreams(max: Int) -> [StreamDescription] {
        var found: [StreamDescription] = []
        for slot in 0..<(unsafe machine.pointee.slotsEnd) where found.count < max {
            let record = unsafe machine.pointee.record(inSlot: slot)
            guard record.isOpen else { continue }
            found.append(
                StreamDescription(
                    connection: peer.connection, stream: record.stream,
                    method: shard.methods.entries[Int(record.method)].path,
                    age: loop.now - record.opened,
                    remaining: record.deadline == .never ? nil : record.deadline - loop.now,
                    isParked: record.kind == .parked, isCancelled: record.cancelled))
        }
        return found.sorted { $0.stream < $1.stream }
    }
}
