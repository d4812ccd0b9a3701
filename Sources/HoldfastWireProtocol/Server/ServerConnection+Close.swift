package import HoldfastBase

/// Ending a connection: at once, or by draining it in two phases.
extension ServerConnection {
    /// Tells the peer to go elsewhere and lets open streams end (docs/protocol.md, "Drain").
    ///
    /// A first GOAWAY without a last stream, one round trip so that requests on their way still count,
    /// then the GOAWAY with the last stream; parked streams end there, the others get `grace`.
    package mutating func beginDrain(
        code: GoAwayCode = .draining, reason: String, grace: Interval, now: Instant
    ) {
        switch phase {
        case .hello:
            close(.drained, code: code, reason: reason)
        case .open:
            drainCause = (code, reason)
            // It leaves already: its age says nothing new.
            ageDue = .never
            sendGoAway(last: .max, code: code, reason: reason)
            let payload = UInt64(bitPattern: now.nanoseconds)
            // Behind the GOAWAY, so that its answer proves that the GOAWAY was read.
            pingSent = payload
            pingDue = now + settings.limits.pingTimeout
            output.append(.ping, stream: 0, bodyBytes: 8) {
                $0.putLittleEndian(payload.byteSwapped)
            }
            let until = now + .seconds(1)
            phase = .drainAnnounced(ping: payload, until: until, grace: grace)
            lowerWake(to: until)
        case .drainAnnounced, .drainFinal, .closing:
            break
        }
    }

    mutating func checkDrain(_ now: Instant) {
        switch phase {
        case .drainAnnounced(_, let until, let grace) where until <= now:
            finalizeDrain(grace: grace, now: now)
        case .drainFinal(let until) where until <= now:
            close(.drainGraceOver, code: .draining, reason: "the drain grace is over")
        case .hello, .open, .drainAnnounced, .drainFinal, .closing:
            break
        }
    }

    mutating func finalizeDrain(grace: Interval, now: Instant) {
        sendGoAway(last: lastStream, code: drainCause.code, reason: drainCause.reason)
        let until = now + grace
        phase = .drainFinal(until: until)
        lowerWake(to: until)
        for slot in 0..<streams.slotsEnd {
            let record = streams[slot]
            guard record.isOpen, record.kind == .parked else { continue }
            answerEarly(
                record.stream,
                RPCError(
                    .unavailable, "the server is draining: repeat the call elsewhere",
                    reason: "DRAINING"))
        }
        finishDrainIfEmpty()
    }

    mutating func finishDrainIfEmpty() {
        guard case .drainFinal = phase, streams.count == 0 else { return }
        phase = .closing(drainCause.code == .maxAge ? .maxAge : .drained)
    }

    mutating func closeForSlowness() {
        close(.slowConsumer, code: .slowConsumer, reason: "answers are not read in time")
    }

    /// Ends the connection: a GOAWAY, what is queued, nothing more.
    package mutating func close(_ why: CloseReason, code: GoAwayCode, reason: String) {
        guard !isClosing else { return }
        if why == .slowConsumer {
            // It does not read: what is queued is worth nothing to it and memory to us.
            output.dropUncommitted()
        }
        sendGoAway(last: lastStream, code: code, reason: reason)
        phase = .closing(why)
    }

    private mutating func sendGoAway(last: UInt32, code: GoAwayCode, reason: String) {
        var goAway = GoAway()
        goAway.lastStreamId = last
        goAway.code = code
        goAway.reason = reason
        output.append(.goAway, stream: 0, bodyBytes: goAway.encodedBytes) {
            goAway.encode(into: &$0)
        }
    }
}
