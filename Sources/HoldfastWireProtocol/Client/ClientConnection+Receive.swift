package import HoldfastBase

/// What the next frame means to the channel.
package enum ClientStep {
    /// No whole frame is left in the input.
    case starved
    /// The frame was dealt with inside.
    case consumed
    /// The server's HELLO.
    case greeted(Hello)
    /// A stream ended.
    case response(IncomingResponse)
    /// One element of a server stream; its body lies in the input.
    case item(stream: UInt32, slot: Int, body: Range<Int>)
    /// No new streams here; those above `last` were not processed.
    case goAway(GoAway)
    /// The connection ends; read nothing more from it.
    case closing
}

/// A RESPONSE, as it lies in the input and the arena: valid until the next step.
@safe
package struct IncomingResponse {
    package let stream: UInt32
    /// Where the stream's record was; free again.
    package let slot: Int
    private let decodedHead: UnsafeRawPointer?
    package let body: Range<Int>
    /// The caller had given up: what was granted must be given back.
    package let isLate: Bool
    /// When the call was begun.
    package let opened: Instant

    @unsafe
    init(
        stream: UInt32, slot: Int, record: StreamRecord, decodedHead: UnsafeRawPointer?,
        body: Range<Int>
    ) {
        self.stream = stream
        self.slot = slot
        isLate = record.cancelled
        opened = record.opened
        unsafe self.decodedHead = decodedHead
        self.body = body
    }

    /// The HEAD is empty, which means OK.
    package var isPlainOK: Bool { unsafe decodedHead == nil }

    /// A copy of the HEAD; `nil` when it is empty.
    package func copyHead() -> ResponseHead? {
        unsafe decodedHead.map { unsafe ResponseHead(decoded: $0) }
    }
}

/// Receiving: one frame at a time.
extension ClientConnection {
    /// Takes the frame that begins at `offset`, moves `offset` behind it and says what it means.
    @inline(__always)
    package mutating func next(
        _ input: RawSpan, offset: inout Int, now: Instant, arena: inout WireArena
    ) -> ClientStep {
        do throws(FrameViolation) {
            if case .closing = phase { return .closing }
            guard case .frame(let frame) = try settings.cutter.cut(input, at: offset) else {
                return .starved
            }
            offset = frame.body.upperBound
            // Before the HELLO nothing is an answer: `receiveOther` refuses it.
            if frame.header.type == FrameType.response.rawValue, isGreeted {
                return try receiveResponse(input, frame, arena: &arena)
            }
            return try receiveOther(input, frame, now: now, arena: &arena)
        } catch {
            close(.violation(error), code: error.goAwayCode, reason: error.explanation)
            return .closing
        }
    }

    /// The shell has given everything it read to `next`.
    package mutating func received(now: Instant) {
        lastReceived = now
    }

    @inline(__always)
    private mutating func receiveResponse(
        _ input: RawSpan, _ frame: FrameCutter.Frame, arena: inout WireArena
    ) throws(FrameViolation) -> ClientStep {
        guard let slot = streams.slot(of: frame.header.stream) else {
            throw .streamNeverOpened
        }
        var decodedHead: UnsafeRawPointer?
        if !frame.head.isEmpty {
            do {
                unsafe decodedHead = try ResponseHead.schema.decode(
                    input.extracting(frame.head), arena: &arena)
            } catch {
                throw .badHead
            }
        }
        let record = streams[slot]
        closeStream(slot: slot)
        return unsafe .response(
            IncomingResponse(
                stream: frame.header.stream, slot: slot, record: record, decodedHead: decodedHead,
                body: frame.body))
    }

    @inline(never)
    private mutating func receiveOther(
        _ input: RawSpan, _ frame: FrameCutter.Frame, now: Instant, arena: inout WireArena
    ) throws(FrameViolation) -> ClientStep {
        guard let type = FrameType(rawValue: frame.header.type) else {
            guard frame.header.flags & FrameFlags.mustUnderstand == 0 else {
                throw .unknownFrameMustUnderstand
            }
            return .consumed
        }
        if !isGreeted, type != .hello, type != .goAway { throw .helloExpected }
        switch type {
        case .hello: return try receiveHello(input, frame, now: now, arena: &arena)
        case .item: return try receiveItem(frame)
        case .ping: return try receivePing(input, frame, now: now)
        case .goAway: return try receiveGoAway(input, frame, arena: &arena)
        case .response: return .consumed
        case .request, .cancel, .credit: throw .wrongDirection
        }
    }

    private mutating func receiveHello(
        _ input: RawSpan, _ frame: FrameCutter.Frame, now: Instant, arena: inout WireArena
    ) throws(FrameViolation) -> ClientStep {
        guard !isGreeted else { throw .secondHello }
        guard frame.header.stream == 0 else { throw .streamOnConnectionFrame }
        guard
            let hello = try? Hello(
                decoding: input.extracting(frame.body), arena: &arena, limits: .request)
        else {
            throw .badHello
        }
        guard hello.minMinor <= ServerProtocolSettings.minorMax,
            hello.maxMinor >= ServerProtocolSettings.minorMin
        else { throw .versionUnsupported }
        if hello.maxRequestBytes > 0 {
            requestBytesMax = min(Int(hello.maxRequestBytes), FrameHeader.lengthMax)
        }
        if hello.maxConcurrentStreams > 0 { activeStreamsMax = Int(hello.maxConcurrentStreams) }
        if hello.maxParkedStreams > 0 { parkedStreamsMax = Int(hello.maxParkedStreams) }
        pingIntervalMin = .milliseconds(Int64(hello.minPingIntervalMs))
        phase = .open
        helloDue = .never
        armPing(now)
        return .greeted(hello)
    }

    private mutating func receiveItem(
        _ frame: FrameCutter.Frame
    ) throws(FrameViolation) -> ClientStep {
        guard let slot = streams.slot(of: frame.header.stream) else { throw .streamNeverOpened }
        // Legal race: items that were on their way when we cancelled.
        guard !streams[slot].cancelled else { return .consumed }
        guard streams[slot].credit > 0 else { throw .itemWithoutCredit }
        streams[slot].credit -= 1
        return .item(stream: frame.header.stream, slot: slot, body: frame.body)
    }

    private mutating func receivePing(
        _ input: RawSpan, _ frame: FrameCutter.Frame, now: Instant
    ) throws(FrameViolation) -> ClientStep {
        guard frame.header.stream == 0 else { throw .streamOnConnectionFrame }
        guard frame.body.count == 8, frame.head.isEmpty else { throw .badControlBody }
        let payload = unsafe UInt64(
            bigEndian: input.unsafeLoadUnaligned(
                fromByteOffset: frame.body.lowerBound, as: UInt64.self))
        if frame.header.flags & FrameFlags.acknowledge == 0 {
            output.insertPing(payload: payload, acknowledge: true)
        } else if pingSent == payload {
            pingSent = nil
            armPing(now)
        }
        return .consumed
    }

    private mutating func receiveGoAway(
        _ input: RawSpan, _ frame: FrameCutter.Frame, arena: inout WireArena
    ) throws(FrameViolation) -> ClientStep {
        guard frame.header.stream == 0 else { throw .streamOnConnectionFrame }
        guard
            let goAway = try? GoAway(
                decoding: input.extracting(frame.body), arena: &arena, limits: .request)
        else {
            throw .badControlBody
        }
        phase = .leaving(last: goAway.lastStreamId)
        helloDue = .never
        return .goAway(goAway)
    }

    /// The first open stream from `slot` upwards that the server said it did not process.
    package func nextUnprocessed(fromSlot first: Int) -> (slot: Int, stream: UInt32)? {
        guard case .leaving(let last) = phase else { return nil }
        return nextOpen(fromSlot: first) { $0.stream > last }
    }

    /// The first open stream from `slot` upwards.
    package func nextOpen(fromSlot first: Int) -> (slot: Int, stream: UInt32)? {
        nextOpen(fromSlot: first) { _ in true }
    }

    private func nextOpen(
        fromSlot first: Int, where wanted: (StreamRecord) -> Bool
    ) -> (slot: Int, stream: UInt32)? {
        var slot = first
        while slot < streams.slotsEnd {
            let record = streams[slot]
            if record.isOpen, wanted(record) { return (slot, record.stream) }
            slot += 1
        }
        return nil
    }

    /// Forgets a stream that will not be answered here.
    package mutating func forget(_ stream: UInt32) {
        guard let slot = streams.slot(of: stream) else { return }
        closeStream(slot: slot)
    }
}
