package import HoldfastBase

/// The client's end of one connection, as a value: calls and bytes in, answers and bytes out.
///
/// It numbers streams, keeps deadlines (each runs from before the call is queued here), watches the
/// server's life by PING, and knows after a GOAWAY which calls were never processed. It does not
/// reconnect, retry or wait: that is the channel's work.
///
/// Life: greeting (requests may already leave behind our HELLO) → open → leaving (after a GOAWAY: no
/// new streams) → closing. A stream that the caller gave up stays in the table until its one RESPONSE
/// arrives, so that a late grant can be recognised and given back.
package struct ClientConnection: ~Copyable {
    enum Phase: Sendable {
        /// Our HELLO is queued, the server's has not come. Exits: open, closing.
        case greeting
        /// Exits: leaving, closing.
        case open
        /// The server said GOAWAY: streams above `last` were not processed. Exits: closing.
        case leaving(last: UInt32)
        case closing(ClientCloseReason)
    }

    let settings: ClientProtocolSettings
    var phase = Phase.greeting
    var streams = StreamTable()
    package var output = FrameOutput()
    /// The next stream to open; 0 when the numbers are used up.
    var nextStream: UInt32
    var liveCalls = 0

    /// What the server announced; before its HELLO, what every server takes.
    package internal(set) var requestBytesMax = 64 << 10
    package internal(set) var activeStreamsMax = 256
    package internal(set) var parkedStreamsMax = 16_384
    var activeCount = 0
    var parkedCount = 0
    var pingIntervalMin = Interval.seconds(5)

    package internal(set) var lastReceived: Instant
    /// `timeReached` must be called no later than this; a lower bound.
    package internal(set) var wake: Instant
    var earliestDeadline = Instant.never
    var pingSent: UInt64?
    var pingDue: Instant
    var helloDue: Instant
    var writeDue = Instant.never
    /// When the server must have taken the last words.
    var closeDue = Instant.never
    var hasGivenUp = false

    package init(settings: ClientProtocolSettings, now: Instant) {
        self.settings = settings
        nextStream = settings.firstStream
        lastReceived = now
        helloDue = now + settings.limits.helloTimeout
        pingDue = .never
        wake = helloDue
        output.appendHello(settings.hello)
    }

    /// The handshake of the transport has ended: the time for the HELLO begins.
    package mutating func transportOpened(_ now: Instant) {
        lastReceived = now
        helloDue = now + settings.limits.helloTimeout
    }

    package var closeReason: ClientCloseReason? {
        guard case .closing(let reason) = phase else { return nil }
        return reason
    }

    var isClosing: Bool {
        if case .closing = phase { return true }
        return false
    }

    var isGreeted: Bool {
        if case .greeting = phase { return false }
        return true
    }

    /// Whether `begin` can still open streams.
    package var takesCalls: Bool {
        guard nextStream != 0 else { return false }
        switch phase {
        case .greeting, .open: return true
        case .leaving, .closing: return false
        }
    }

    /// Whether nothing more will come of the connection: the shell lets go of the transport.
    package var isOver: Bool {
        isClosing && (output.isEmpty || hasGivenUp)
    }

    package var openStreams: Int { streams.count }
    package var slotsEnd: Int { streams.slotsEnd }

    /// The open stream in `slot`; its number is 0 when there is none.
    package func record(inSlot slot: Int) -> StreamRecord { streams[slot] }
    package func slot(of stream: UInt32) -> Int? { streams.slot(of: stream) }

    package mutating func releaseIdleMemory() {
        output.releaseIfEmpty()
        streams.releaseIfEmpty()
    }

    mutating func lowerWake(to instant: Instant) {
        if instant < wake { wake = instant }
    }
}

/// Why a client's connection ended.
package enum ClientCloseReason: Equatable, Sendable {
    case violation(FrameViolation)
    case helloTimeout
    case pingTimeout
    case writeStall
    case serverLeft
    case local
}
