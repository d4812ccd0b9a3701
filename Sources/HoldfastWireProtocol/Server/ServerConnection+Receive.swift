package import HoldfastBase

/// What the next frame asks of the shell.
package enum ServerStep {
    /// No whole frame is left in the input.
    case starved
    /// The frame was dealt with inside.
    case consumed
    /// A call: `open` it or `refuse` it before the next step.
    case call(IncomingCall)
    /// The caller does not want this stream any more; its work should end soon.
    case cancelled(stream: UInt32)
    /// ITEMs may flow again on this stream.
    case credited(stream: UInt32)
    /// The connection ends; read nothing more from it.
    case closing
}

/// A REQUEST, as it lies in the input and the arena: valid until the next step.
@safe
package struct IncomingCall {
    package let stream: UInt32
    private let decodedHead: UnsafeRawPointer
    /// Where the body lies in the input.
    package let body: Range<Int>
    package let deadline: Instant

    @unsafe
    init(stream: UInt32, decodedHead: UnsafeRawPointer, body: Range<Int>, deadline: Instant) {
        self.stream = stream
        unsafe self.decodedHead = decodedHead
        self.body = body
        self.deadline = deadline
    }

    /// The HEAD where it lies.
    @unsafe
    package var head: RequestHead.View { unsafe RequestHead.View(decodedHead) }

    /// A copy of the HEAD.
    package func copyHead() -> RequestHead { unsafe RequestHead(decoded: decodedHead) }
}

/// Receiving: one frame at a time.
extension ServerConnection {
    /// Takes the frame that begins at `offset`, moves `offset` behind it and says what to do.
    @inline(__always)
    package mutating func next(
        _ input: RawSpan, offset: inout Int, now: Instant, arena: inout WireArena
    ) -> ServerStep {
        do throws(FrameViolation) {
            switch phase {
            case .closing: return .closing
            case .hello: return try receiveHello(input, offset: &offset, now: now, arena: &arena)
            case .open, .drainAnnounced, .drainFinal: break
            }
            guard case .frame(let frame) = try settings.cutter.cut(input, at: offset) else {
                return .starved
            }
            offset = frame.body.upperBound
            frameDue = .never
            if frame.header.type == FrameType.request.rawValue {
                return try receiveRequest(input, frame, now: now, arena: &arena)
            }
            return try receiveOther(input, frame, now: now, arena: &arena)
        } catch {
            close(.violation(error), code: error.goAwayCode, reason: error.explanation)
            return .closing
        }
    }

    /// The shell has given everything it read to `next`; `leftover` bytes are an unfinished frame.
    package mutating func received(leftover: Int, now: Instant) {
        lastReceived = now
        if leftover == 0 {
            frameDue = .never
        } else if frameDue == .never {
            frameDue = now + settings.limits.partialFrameTimeout
            lowerWake(to: frameDue)
        }
    }

    private mutating func receiveHello(
        _ input: RawSpan, offset: inout Int, now: Instant, arena: inout WireArena
    ) throws(FrameViolation) -> ServerStep {
        let cut: FrameCutter.Cut
        do throws(FrameViolation) {
            cut = try settings.helloCutter.cut(input, at: offset)
        } catch {
            throw error == .frameTooLarge ? .helloTooLarge : error
        }
        guard case .frame(let frame) = cut else { return .starved }
        guard frame.header.type == FrameType.hello.rawValue else { throw .helloExpected }
        guard frame.header.stream == 0 else { throw .streamOnConnectionFrame }
        guard
            let hello = try? Hello(
                decoding: input.extracting(frame.body), arena: &arena, limits: .request)
        else {
            throw .badHello
        }
        let low = max(hello.minMinor, ServerProtocolSettings.minorMin)
        let high = min(hello.maxMinor, ServerProtocolSettings.minorMax)
        guard low <= high else { throw .versionUnsupported }
        guard hello.agent.utf8.count <= settings.limits.agentBytesMax else { throw .agentTooLong }
        offset = frame.body.upperBound
        // What follows is a frame of its own, with a time of its own.
        frameDue = .never
        agent = hello.agent
        if hello.maxResponseBytes > 0 {
            responseBytesMax = min(responseBytesMax, Int(hello.maxResponseBytes))
        }
        phase = .open
        lowerWake(to: idleDue)
        return .consumed
    }

    @inline(__always)
    private mutating func receiveRequest(
        _ input: RawSpan, _ frame: FrameCutter.Frame, now: Instant, arena: inout WireArena
    ) throws(FrameViolation) -> ServerStep {
        let stream = frame.header.stream
        guard stream & 1 == 1 else { throw .streamNotOdd }
        guard stream > lastSeen else { throw .streamNotIncreasing }
        lastSeen = stream
        if case .drainFinal = phase {
            // Legal race: it crossed our last GOAWAY, which told the peer that it was not processed.
            return .consumed
        }
        lastStream = stream
        let decodedHead: UnsafeRawPointer
        do {
            unsafe decodedHead = try RequestHead.schema.decode(
                input.extracting(frame.head), arena: &arena)
        } catch {
            throw .badHead
        }
        callsTotal &+= 1
        lastCall = now
        let head = unsafe RequestHead.View(decodedHead)
        guard unsafe head.metadataCount <= settings.limits.metadataEntriesMax else {
            return refuse(
                stream,
                RPCError(
                    .resourceExhausted,
                    "more than \(settings.limits.metadataEntriesMax) metadata entries",
                    reason: "METADATA_LIMIT", isNotProcessed: true))
        }
        if let problem = unsafe Self.problem(of: head) { return refuse(stream, problem) }
        let limits = settings.limits
        var timeout = limits.callTimeoutDefault
        if unsafe head.timeoutUs > 0 {
            timeout = unsafe min(
                .microseconds(Int64(clamping: head.timeoutUs)), limits.callTimeoutMax)
        }
        return unsafe .call(
            IncomingCall(
                stream: stream, decodedHead: decodedHead, body: frame.body, deadline: now + timeout)
        )
    }

    /// What is wrong with the values of a head that could be decoded. An id of another length must
    /// not pass for none: the call would lose its protection against being done twice.
    @inline(__always)
    private static func problem(of head: RequestHead.View) -> RPCError? {
        let idBytes = unsafe head.requestId.count
        guard idBytes == 0 || idBytes == 16 else {
            return RPCError(
                .invalidArgument, "request_id has \(idBytes) bytes; it must have 16 or none",
                reason: "BAD_REQUEST_ID")
        }
        return unsafe head.metadataCount == 0 || namesAreRight(head)
            ? nil
            : RPCError(
                .invalidArgument,
                "a metadata name has other characters than a-z, 0-9, '_', '.', '-', or none",
                reason: "BAD_METADATA_NAME")
    }

    @inline(never)
    private static func namesAreRight(_ head: RequestHead.View) -> Bool {
        let count = unsafe head.metadataCount
        for index in 0..<count {
            let name = unsafe head.metadata(at: index).key
            let isRight = unsafe !name.isEmpty && name.allSatisfy(isNameByte)
            guard isRight else { return false }
        }
        return true
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"): true
        default: false
        }
    }

    @inline(never)
    private mutating func receiveOther(
        _ input: RawSpan, _ frame: FrameCutter.Frame, now: Instant, arena: inout WireArena
    ) throws(FrameViolation) -> ServerStep {
        guard let type = FrameType(rawValue: frame.header.type) else {
            guard frame.header.flags & FrameFlags.mustUnderstand == 0 else {
                throw .unknownFrameMustUnderstand
            }
            return .consumed
        }
        switch type {
        case .request: return .consumed
        case .hello: throw .secondHello
        case .response, .item: throw .wrongDirection
        case .cancel: return try receiveCancel(input, frame, now: now, arena: &arena)
        case .credit: return try receiveCredit(input, frame)
        case .ping: return try receivePing(input, frame, now: now)
        case .goAway: return try receiveGoAway(frame)
        }
    }

    private mutating func receiveCancel(
        _ input: RawSpan, _ frame: FrameCutter.Frame, now: Instant, arena: inout WireArena
    ) throws(FrameViolation) -> ServerStep {
        let stream = frame.header.stream
        guard stream != 0, stream <= lastSeen else { throw .streamNeverOpened }
        guard
            (try? CancelHead(
                decoding: input.extracting(frame.head), arena: &arena, limits: .request)) != nil
        else {
            throw .badHead
        }
        guard cancelGuard.strike(now: now) else {
            close(.tooManyCancels, code: .tooManyCancels, reason: "calls are cancelled too fast")
            return .closing
        }
        // Legal race: our RESPONSE crossed the CANCEL.
        guard let slot = streams.slot(of: stream), !streams[slot].answered else { return .consumed }
        guard !streams[slot].cancelled else { return .consumed }
        streams[slot].cancelled = true
        return .cancelled(stream: stream)
    }

    private mutating func receiveCredit(
        _ input: RawSpan, _ frame: FrameCutter.Frame
    ) throws(FrameViolation) -> ServerStep {
        let stream = frame.header.stream
        guard stream != 0, stream <= lastSeen else { throw .streamNeverOpened }
        guard frame.body.count == 4 else { throw .badControlBody }
        let credit = unsafe UInt32(
            bigEndian: input.unsafeLoadUnaligned(
                fromByteOffset: frame.body.lowerBound, as: UInt32.self))
        // Legal race: the stream ended while the CREDIT was on its way.
        guard let slot = streams.slot(of: stream), !streams[slot].answered else { return .consumed }
        let (sum, overflow) = streams[slot].credit.addingReportingOverflow(credit)
        streams[slot].credit = overflow ? .max : sum
        return .credited(stream: stream)
    }

    private mutating func receivePing(
        _ input: RawSpan, _ frame: FrameCutter.Frame, now: Instant
    ) throws(FrameViolation) -> ServerStep {
        guard frame.header.stream == 0 else { throw .streamOnConnectionFrame }
        guard frame.body.count == 8, frame.head.isEmpty else { throw .badControlBody }
        let payload = unsafe UInt64(
            bigEndian: input.unsafeLoadUnaligned(
                fromByteOffset: frame.body.lowerBound, as: UInt64.self))
        if frame.header.flags & FrameFlags.acknowledge != 0 {
            pingAcknowledged(payload, now: now)
            return .consumed
        }
        guard pingGuard.strike(now: now) else {
            close(
                .tooManyPings, code: .tooManyPings,
                reason: "PINGs nearer together than HELLO.min_ping_interval_ms")
            return .closing
        }
        output.insertPing(payload: payload, acknowledge: true)
        return .consumed
    }

    private mutating func receiveGoAway(
        _ frame: FrameCutter.Frame
    ) throws(FrameViolation) -> ServerStep {
        guard frame.header.stream == 0 else { throw .streamOnConnectionFrame }
        // The client is leaving and will open no more streams; what is open may end.
        return .consumed
    }
}
