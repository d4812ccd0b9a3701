package import HoldfastBase

/// Time: deadlines of calls, life of the server, and the end of the connection.
extension ClientConnection {
    /// Does what is due at `now` and sets `wake` anew. `nextExpired` then names the calls whose
    /// deadline has passed.
    package mutating func timeReached(_ now: Instant) {
        if closeDue <= now { hasGivenUp = true }
        if !isClosing {
            if helloDue <= now { close(.helloTimeout, code: .tooSlow, reason: "no HELLO in time") }
            if writeDue <= now {
                output.dropUncommitted()
                close(.writeStall, code: .slowConsumer, reason: "requests are not read in time")
            }
            checkPing(now)
        }
        wake = nextDue
    }

    private var nextDue: Instant {
        guard !isClosing else { return min(earliestDeadline, hasGivenUp ? .never : closeDue) }
        return min(min(helloDue, writeDue), min(earliestDeadline, pingDue))
    }

    /// Gives up one call whose deadline has passed, and tells the server.
    package mutating func nextExpired(_ now: Instant) -> (slot: Int, stream: UInt32)? {
        guard earliestDeadline <= now else { return nil }
        var earliest = Instant.never
        for slot in 0..<streams.slotsEnd {
            let record = streams[slot]
            guard record.isOpen, !record.cancelled else { continue }
            if record.deadline <= now {
                cancel(record.stream, code: .deadlineExceeded, reason: "deadline")
                return (slot, record.stream)
            }
            earliest = min(earliest, record.deadline)
        }
        earliestDeadline = earliest
        wake = nextDue
        return nil
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
        if isClosing, closeDue == .never, !output.isEmpty {
            closeDue = now + settings.limits.writeStallTimeout
            lowerWake(to: closeDue)
        }
    }

    mutating func armPing(_ now: Instant) {
        if case .greeting = phase { return }
        let quiet = liveCalls > 0 ? settings.pingInterval : settings.pingIntervalIdle
        pingDue = now + max(quiet, pingIntervalMin)
        lowerWake(to: pingDue)
    }

    /// Somebody waits from `now` on. A PING that is due sooner stays: a server that is silent would
    /// otherwise not be asked as long as calls begin and expire.
    mutating func expectLife(from now: Instant) {
        if case .greeting = phase { return }
        pingDue = min(pingDue, now + max(settings.pingInterval, pingIntervalMin))
        lowerWake(to: pingDue)
    }

    private mutating func checkPing(_ now: Instant) {
        guard pingDue <= now else { return }
        let quiet = max(
            liveCalls > 0 ? settings.pingInterval : settings.pingIntervalIdle, pingIntervalMin)
        if pingSent != nil {
            let timeout = settings.limits.pingTimeout
            if lastReceived + timeout >= pingDue {
                // Every byte received since the PING counts as life.
                pingSent = nil
                pingDue = max(lastReceived + quiet, now + timeout)
            } else if writeDue != .never {
                // The PING may still be queued here; a write that stalls has a time of its own.
                pingDue = now + timeout
            } else {
                close(.pingTimeout, code: .idle, reason: "a PING was not answered in time")
                pingDue = .never
            }
        } else if lastReceived + quiet > now {
            pingDue = lastReceived + quiet
        } else {
            let payload = UInt64(bitPattern: now.nanoseconds)
            pingSent = payload
            output.insertPing(payload: payload, acknowledge: false)
            pingDue = now + settings.limits.pingTimeout
        }
    }

    /// Ends the connection from this side.
    package mutating func close(_ why: ClientCloseReason, code: GoAwayCode, reason: String) {
        guard !isClosing else { return }
        var goAway = GoAway()
        goAway.code = code
        goAway.reason = reason
        output.append(.goAway, stream: 0, bodyBytes: goAway.encodedBytes) {
            goAway.encode(into: &$0)
        }
        phase = .closing(why)
    }
}
