package import HoldfastBase

/// What became of a call that should begin.
package enum BeginOutcome: Equatable, Sendable {
    case began(stream: UInt32, slot: Int)
    /// As many calls are open as the server takes.
    case full
    /// The server is leaving, or the stream numbers are used up: use another connection.
    case elsewhere
    /// Larger than the server takes.
    case tooLarge(limit: Int)
}

/// Opening and giving up calls.
extension ClientConnection {
    /// Opens a stream for a call; its body is written by `write`.
    ///
    /// - Parameters:
    ///   - isStream: whether the answer is a stream; the default is what parked calls mostly are.
    ///   - deadline: when the caller stops waiting; what is left of it goes on the wire.
    package mutating func begin(
        head: inout RequestHead, kind: StreamKind, isStream: Bool? = nil, deadline: Instant,
        now: Instant,
        bodyBytes: Int, _ write: (inout WireWriter) -> Void
    ) -> BeginOutcome {
        guard takesCalls else { return .elsewhere }
        guard hasRoom(for: kind) else { return .full }
        head.timeoutUs = deadline == .never ? 0 : UInt64(max(1, (deadline - now).microseconds))
        let headBytes = head.encodedBytes
        let headBytesMax = settings.limits.headBytesMax
        guard headBytes <= headBytesMax else { return .tooLarge(limit: headBytesMax) }
        let size = headBytes + bodyBytes
        guard size <= requestBytesMax else { return .tooLarge(limit: requestBytesMax) }
        let stream = takeStream()
        output.append(.request, stream: stream, head: head, bodyBytes: bodyBytes, write)
        let credit: UInt32 = head.initialCredit == 0 ? 16 : head.initialCredit
        let slot = open(
            StreamRecord(
                stream: stream, kind: kind, opened: now, deadline: deadline,
                credit: isStream ?? (kind == .parked) ? credit : 0), now: now)
        return .began(stream: stream, slot: slot)
    }

    /// Opens a stream for a call whose HEAD bytes are ready: for load generators.
    package mutating func begin(
        encodedHead: RawSpan, deadline: Instant, now: Instant, bodyBytes: Int,
        _ write: (inout WireWriter) -> Void
    ) -> BeginOutcome {
        guard takesCalls else { return .elsewhere }
        guard activeCount < activeStreamsMax else { return .full }
        let stream = takeStream()
        output.append(
            .request, stream: stream, encodedHead: encodedHead, bodyBytes: bodyBytes, write)
        let slot = open(
            StreamRecord(stream: stream, kind: .unary, opened: now, deadline: deadline), now: now)
        return .began(stream: stream, slot: slot)
    }

    /// Room on the server, as far as it can be known here: its work may end later than its answer.
    private func hasRoom(for kind: StreamKind) -> Bool {
        switch kind {
        case .unary: activeCount < activeStreamsMax
        case .parked: parkedCount < parkedStreamsMax
        // The server keeps slots for these; where it keeps fewer, it says so and they are repeated.
        case .vital: activeCount < activeStreamsMax + settings.limits.reservedStreams
        }
    }

    /// Tells the server that nobody waits for this stream any more. Its RESPONSE still comes.
    package mutating func cancel(_ stream: UInt32, code: RPCCode, reason: String) {
        guard let slot = streams.slot(of: stream), !streams[slot].cancelled else { return }
        streams[slot].cancelled = true
        liveCalls -= 1
        // Nothing is said after the last word.
        guard !isClosing else { return }
        var head = CancelHead()
        head.code = code.rawValue
        head.reason = reason
        output.append(.cancel, stream: stream, head: head)
    }

    /// Allows `items` further ITEMs on a server stream.
    package mutating func grant(_ stream: UInt32, items: UInt32) {
        guard items > 0, !isClosing, let slot = streams.slot(of: stream), !streams[slot].cancelled
        else { return }
        let (sum, overflow) = streams[slot].credit.addingReportingOverflow(items)
        streams[slot].credit = overflow ? .max : sum
        output.append(.credit, stream: stream, bodyBytes: 4) {
            $0.putLittleEndian(items.byteSwapped)
        }
    }

    private mutating func takeStream() -> UInt32 {
        let stream = nextStream
        // After the last odd number comes 0: no more streams on this connection.
        nextStream = stream > .max - 2 ? 0 : stream + 2
        return stream
    }

    @inline(__always)
    private mutating func open(_ record: StreamRecord, now: Instant) -> Int {
        if record.kind == .parked { parkedCount += 1 } else { activeCount += 1 }
        liveCalls += 1
        if record.deadline < earliestDeadline {
            earliestDeadline = record.deadline
            lowerWake(to: record.deadline)
        }
        if liveCalls == 1, pingSent == nil { expectLife(from: now) }
        return streams.open(record)
    }

    mutating func closeStream(slot: Int) {
        let record = streams[slot]
        guard record.isOpen else { return }
        if record.kind == .parked { parkedCount -= 1 } else { activeCount -= 1 }
        if !record.cancelled { liveCalls -= 1 }
        streams.close(slot: slot)
    }
}
