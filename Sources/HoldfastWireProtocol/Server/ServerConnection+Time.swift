package import HoldfastBase

/// Time: deadlines, slowness, pings, age. One timer per connection serves all of it.
extension ServerConnection {
    /// Does all that is due at `now` and sets `wake` anew.
    ///
    /// Streams whose deadline passed are answered here; `nextExpired` then names those whose work the
    /// shell must cancel.
    package mutating func timeReached(_ now: Instant) {
        checkPeer(now)
        checkDrain(now)
        checkPing(now)
        answerExpired(now)
        wake = nextDue
    }

    /// Whether streams were answered early since this was last asked: the shell must cancel their work.
    package mutating func takeAbandoned() -> Bool {
        defer { hasAbandoned = false }
        return hasAbandoned
    }

    /// A stream that is answered although its work goes on, from `slot` upwards.
    package func nextAbandoned(fromSlot first: Int) -> (slot: Int, stream: UInt32)? {
        var slot = first
        while slot < streams.slotsEnd {
            let record = streams[slot]
            if record.isOpen, record.answered { return (slot, record.stream) }
            slot += 1
        }
        return nil
    }

    private mutating func checkPeer(_ now: Instant) {
        let limits = settings.limits
        if case .hello = phase {
            if opened + limits.helloTimeout <= now {
                close(.helloTimeout, code: .tooSlow, reason: "no HELLO in time")
            }
            return
        }
        if closeDue <= now { hasGivenUp = true }
        guard !isClosing else { return }
        if frameDue <= now {
            if wantsRead {
                close(.frameTimeout, code: .tooSlow, reason: "a frame was not finished in time")
            } else {
                // We do not read from this peer: its bytes are late because of us.
                frameDue = now + limits.partialFrameTimeout
            }
        }
        if writeDue <= now { closeForSlowness() }
        if ageDue <= now, case .open = phase {
            ageDue = .never
            beginDrain(
                code: .maxAge, reason: "the connection reached its greatest age",
                grace: limits.drainGrace, now: now)
        }
        if idleDue <= now {
            close(.idle, code: .idle, reason: "nothing happened for too long")
        }
    }

    private mutating func checkPing(_ now: Instant) {
        guard pingDue <= now, isGreeted, !isClosing else { return }
        let limits = settings.limits
        let quietUntil = limits.pingInterval > .zero ? lastReceived + limits.pingInterval : .never
        if pingSent != nil {
            // Every byte received since the PING counts as life.
            if lastReceived + limits.pingTimeout >= pingDue {
                pingSent = nil
                pingDue = max(quietUntil, now + limits.pingTimeout)
            } else if writeDue != .never || !wantsRead {
                // The PING may still be queued here, or its answer unread: whether this peer lives
                // shows in what it takes, and that has a time of its own.
                pingDue = now + limits.pingTimeout
            } else {
                close(.pingTimeout, code: .idle, reason: "a PING was not answered in time")
            }
        } else if quietUntil > now {
            pingDue = quietUntil
        } else {
            sendPing(UInt64(bitPattern: now.nanoseconds))
            pingDue = now + limits.pingTimeout
        }
    }

    /// When a peer that is silent from `now` on is asked whether it lives.
    func nextPing(_ now: Instant) -> Instant {
        let interval = settings.limits.pingInterval
        return interval > .zero ? now + interval : .never
    }

    mutating func sendPing(_ payload: UInt64) {
        pingSent = payload
        output.insertPing(payload: payload, acknowledge: false)
    }

    mutating func pingAcknowledged(_ payload: UInt64, now: Instant) {
        // Legal race: an answer to a PING we have stopped waiting for.
        guard pingSent == payload else { return }
        pingSent = nil
        pingDue = nextPing(now)
        if case .drainAnnounced(let ping, _, let grace) = phase, ping == payload {
            finalizeDrain(grace: grace, now: now)
        }
    }

    private mutating func answerExpired(_ now: Instant) {
        guard earliestDeadline <= now else { return }
        var earliest = Instant.never
        for slot in 0..<streams.slotsEnd {
            let record = streams[slot]
            guard record.isOpen, !record.answered else { continue }
            if record.deadline <= now {
                answerEarly(record.stream, Self.deadlineExceeded)
            } else {
                earliest = min(earliest, record.deadline)
            }
        }
        // Going through thousands for each of their deadlines would be felt by other connections:
        // where there are many, those of some milliseconds are dealt with together.
        let slots = streams.slotsEnd
        expiryDue = now + .microseconds(slots < Self.fewStreams ? 0 : Int64(slots))
        earliestDeadline = max(earliest, expiryDue)
    }

    /// So many are looked through in no time.
    private static let fewStreams = 512

    static var deadlineExceeded: RPCError {
        RPCError(.deadlineExceeded, "the deadline of the call passed on the server")
    }

    private var nextDue: Instant {
        let limits = settings.limits
        switch phase {
        case .hello: return opened + limits.helloTimeout
        case .closing: return hasGivenUp ? .never : closeDue
        case .open, .drainAnnounced, .drainFinal: break
        }
        var due = min(min(frameDue, writeDue), min(earliestDeadline, min(pingDue, ageDue)))
        if case .drainAnnounced(_, let until, _) = phase { due = min(due, until) }
        if case .drainFinal(let until) = phase { due = min(due, until) }
        return min(due, idleDue)
    }

    /// When a connection without a call has been so for too long.
    var idleDue: Instant {
        let timeout = settings.limits.idleTimeout
        guard timeout > .zero, streams.count == 0, case .open = phase else { return .never }
        return lastCall + timeout
    }
}
