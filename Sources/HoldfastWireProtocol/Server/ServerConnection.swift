package import HoldfastBase

/// The server's end of one connection, as a value: bytes and time in, calls and bytes out.
///
/// It decides everything the protocol decides (docs/protocol.md): whether a frame is legal, which
/// streams are open, when a deadline has passed, when the peer is too slow, too fast or too greedy,
/// and how a connection ends. It knows nothing of sockets, TLS, handlers or tasks.
///
/// The shell drives it so, once per readable tick: `next` until `.starved`, each `.call` looked up
/// and either `open`ed or `refuse`d; then answers by `respond` and `sendItem`; at the end of the tick
/// it writes `output` in one call. It calls `timeReached` no later than `wake`.
///
/// Life: hello → open → (draining: announced → final) → closing. Every path ends in `closing`, from
/// which only the output leaves; the shell drops the connection when it is written, or when the
/// transport fails.
///
/// Invariants: one RESPONSE per stream; no RESPONSE after the deadline other than
/// DEADLINE_EXCEEDED; a slot is free only when its work has ended; no memory grows with a number the
/// peer sent.
package struct ServerConnection: ~Copyable {
    enum Phase: Sendable {
        /// Exits: open (a good HELLO), closing (violation, too slow).
        case hello
        /// Exits: draining, closing.
        case open
        /// GOAWAY without a last stream was sent; new streams are still taken, because they may have
        /// crossed it. Exits: final (PING answered, or a second has passed), closing.
        case drainAnnounced(ping: UInt64, until: Instant, grace: Interval)
        /// GOAWAY with the last stream was sent. Exits: closing (no stream is open, or grace is over).
        case drainFinal(until: Instant)
        /// Nothing is read any more; what is queued still leaves, for as long as a write may stall.
        case closing(CloseReason)
    }

    let settings: ServerProtocolSettings
    var phase = Phase.hello
    var streams = StreamTable()
    package var output = FrameOutput()

    /// The highest stream that was taken; those above it were not processed.
    package internal(set) var lastStream: UInt32 = 0
    /// The highest number the peer used. Greater than `lastStream` only at the end of a drain.
    var lastSeen: UInt32 = 0
    package internal(set) var activeCount = 0
    package internal(set) var parkedCount = 0
    package internal(set) var vitalCount = 0
    package internal(set) var callsTotal: UInt64 = 0
    /// Largest RESPONSE or ITEM the peer takes.
    var responseBytesMax: Int
    /// What the peer calls itself, cut to a limit.
    package internal(set) var agent = ""

    package internal(set) var opened: Instant
    package internal(set) var lastReceived: Instant
    /// When a call last came or ended: what keeps a connection from being idle.
    var lastCall: Instant
    /// `timeReached` must be called no later than this; a lower bound, not the exact time.
    package internal(set) var wake: Instant
    var earliestDeadline = Instant.never
    /// When the streams may be looked through again for deadlines that have passed.
    var expiryDue = Instant.zero
    /// When the frame that is now incomplete must be whole.
    var frameDue = Instant.never
    /// When the peer must have taken some of the output.
    var writeDue = Instant.never
    /// When the peer must have taken the last words.
    var closeDue = Instant.never
    var hasGivenUp = false
    /// Streams were answered whose work goes on; the shell has not been told.
    var hasAbandoned = false
    var ageDue: Instant
    /// Why the connection drains, once it does.
    var drainCause = (code: GoAwayCode.draining, reason: "")

    var pingGuard: RateGuard
    var cancelGuard: RateGuard
    /// Our own PING that waits for its answer.
    var pingSent: UInt64?
    var pingDue: Instant

    /// A connection that was accepted at `now`.
    package init(settings: ServerProtocolSettings, now: Instant, ageJitter: Interval = .zero) {
        let limits = settings.limits
        self.settings = settings
        opened = now
        lastReceived = now
        lastCall = now
        responseBytesMax = limits.responseBytesMax
        wake = now + limits.helloTimeout
        pingDue = limits.pingInterval > .zero ? now + limits.pingInterval : .never
        ageDue =
            limits.connectionAgeMax > .zero ? now + limits.connectionAgeMax + ageJitter : .never
        pingGuard = RateGuard(
            allowance: limits.pingStrikesMax + 1, per: limits.pingIntervalMin, now: now)
        cancelGuard = RateGuard(
            // All open calls may be given up at once: a stall that ends all their deadlines.
            allowance: limits.cancelsPerSecondMax + limits.activeStreamsMax,
            per: Interval(nanoseconds: 1_000_000_000 / Int64(max(1, limits.cancelsPerSecondMax))),
            now: now)
        output.appendHello(settings.hello)
    }

    /// The handshake of the transport has ended: the time for the HELLO begins.
    package mutating func transportOpened(_ now: Instant) {
        opened = now
        lastReceived = now
        lastCall = now
        pingDue = nextPing(now)
        lowerWake(to: now + settings.limits.helloTimeout)
    }

    /// Whether `next` would find a frame in `input` without more bytes.
    package func hasWholeFrame(_ input: RawSpan) -> Bool {
        guard input.byteCount >= FrameHeader.bytes else { return false }
        return input.byteCount >= FrameHeader.bytes + FrameHeader(reading: input, at: 0).length
    }

    /// Why the connection is ending, once it is.
    package var closeReason: CloseReason? {
        guard case .closing(let reason) = phase else { return nil }
        return reason
    }

    /// Whether nothing more will come of the connection: the shell lets go of the transport.
    package var isOver: Bool {
        guard case .closing = phase else { return false }
        return output.isEmpty || hasGivenUp
    }

    package var isDraining: Bool {
        switch phase {
        case .drainAnnounced, .drainFinal: true
        case .hello, .open, .closing: false
        }
    }

    package var isGreeted: Bool {
        if case .hello = phase { return false }
        return true
    }

    package var openStreams: Int { streams.count }

    /// Whether the shell should read on: not while the peer leaves our answers unread.
    package var wantsRead: Bool {
        if case .closing = phase { return false }
        return output.count < settings.limits.outboundHighBytes
    }

    /// Bytes of memory the machine owns beside its own size.
    package var memoryBytes: Int { streams.memoryBytes + output.memoryBytes }

    /// Gives back what an idle connection does not need; for the end of a tick.
    package mutating func releaseIdleMemory() {
        output.releaseIfEmpty()
        streams.releaseIfEmpty()
    }

    /// Where the shell keeps its own record of an open stream.
    package func slot(of stream: UInt32) -> Int? { streams.slot(of: stream) }

    /// Notes that whoever works on the stream in `slot` has heard of its end.
    package mutating func markTold(slot: Int) { streams[slot].told = true }

    package var slotsEnd: Int { streams.slotsEnd }

    /// The open stream in `slot`; its number is 0 when there is none.
    package func record(inSlot slot: Int) -> StreamRecord { streams[slot] }

    mutating func lowerWake(to instant: Instant) {
        if instant < wake { wake = instant }
    }
}

/// Why a connection ended; `name` is the reason in metrics and logs.
package enum CloseReason: Equatable, Sendable {
    case violation(FrameViolation)
    case helloTimeout
    case frameTimeout
    case slowConsumer
    case tooManyPings
    case tooManyCancels
    case pingTimeout
    case idle
    case maxAge
    case drained
    case drainGraceOver
    case refused
    /// Set by the shell: the transport ended or failed.
    case transport

    /// Whether the peer did something far too often, and would again.
    package var isFlood: Bool { self == .tooManyPings || self == .tooManyCancels }

    package var name: String {
        switch self {
        case .violation(let violation): violation.rawValue
        case .helloTimeout: "hello_timeout"
        case .frameTimeout: "frame_timeout"
        case .slowConsumer: "slow_consumer"
        case .tooManyPings: "too_many_pings"
        case .tooManyCancels: "too_many_cancels"
        case .pingTimeout: "ping_timeout"
        case .idle: "idle"
        case .maxAge: "max_age"
        case .drained: "drained"
        case .drainGraceOver: "drain_grace_over"
        case .refused: "refused"
        case .transport: "transport"
        }
    }
}
