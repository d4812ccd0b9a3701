/// Every bound of the server, in one place.
///
/// A queue, table, frame, name or wait without a bound is a way to stop a server from outside. Each
/// bound therefore has a name here, a default that is right for most, and a defined result when it
/// is reached; a test provokes each result. The type is a plain value: a connection is given a copy
/// when it is opened and never looks again, so a reload changes new connections only.
///
/// `catalogue` lists the same limits as data. The configuration table, its documentation and the
/// admin call `ListLimits` are made from it, so a limit cannot exist without being settable,
/// documented and visible.
public struct Limits: Hashable, Sendable {
    /// Largest REQUEST frame, head and body. Larger: GOAWAY and close, before any of it is kept.
    public var requestBytesMax = 64 << 10
    /// Largest RESPONSE or ITEM frame. The sender answers RESOURCE_EXHAUSTED instead of sending it.
    public var responseBytesMax = 1 << 20
    /// Largest HEAD of any frame. Larger: GOAWAY and close.
    public var headBytesMax = 8 << 10
    /// Most metadata entries in one head. More: the call fails with RESOURCE_EXHAUSTED.
    public var metadataEntriesMax = 32
    /// Most bytes a client may send behind its HELLO before that is read. More: close.
    public var bytesBeforeHelloMax = 4 << 10
    /// Longest name a client may give itself in HELLO. Longer: close.
    public var agentBytesMax = 256

    /// Most unary calls open at once on a connection. More: RESOURCE_EXHAUSTED, not processed.
    public var activeStreamsMax = 256
    /// Most waits, watches and server streams at once. More: RESOURCE_EXHAUSTED, not processed.
    public var parkedStreamsMax = 16_384
    /// Most server streams at once, of those, that are tasks: each keeps more than ten times the memory
    /// of a wait. More: RESOURCE_EXHAUSTED, not processed.
    public var taskStreamsMax = 1024
    /// Slots kept back from both of these for keep-alive, release and close. When these are used up
    /// too, even such calls get RESOURCE_EXHAUSTED.
    public var reservedStreams = 16
    /// Deadline of a call that names none. After it: DEADLINE_EXCEEDED.
    public var callTimeoutDefault = Interval.seconds(10)
    /// Longest deadline of a unary call. A longer one is cut to this.
    public var callTimeoutMax = Interval.seconds(600)
    /// Most frames taken from one connection per tick. The rest waits for the next tick, behind the
    /// other connections. A call that begins a task counts as 16.
    public var framesPerTickMax = 256
    /// Most cancels per second on a connection, beside a burst that cancels every open call. More:
    /// GOAWAY and close.
    public var cancelsPerSecondMax = 200

    /// Most connections at once. More: closed as soon as accepted.
    public var connectionsMax = 20_000
    /// Most connections at once from one address; 0 is no bound. More: closed as soon as accepted.
    public var connectionsPerAddressMax = 0
    /// Most TLS handshakes at once. More: not accepted until one has ended.
    public var handshakesInFlightMax = 256
    /// Time a TLS handshake may take. Longer: close.
    public var handshakeTimeout = Interval.seconds(5)
    /// Time from the end of the handshake to the HELLO. Longer: close.
    public var helloTimeout = Interval.seconds(5)
    /// Time from the first byte of a frame to its last. Longer: GOAWAY and close.
    public var partialFrameTimeout = Interval.seconds(10)
    /// Time without a call after which a connection is told to leave; 0 is never.
    public var idleTimeout = Interval.zero
    /// Age at which a connection is told to leave, so that its certificate is checked again; 0 is
    /// never.
    public var connectionAgeMax = Interval.zero
    /// Time the open calls get when the server drains. After it: closed with UNAVAILABLE.
    public var drainGrace = Interval.seconds(30)

    /// Shortest time between two pings of a client. A shorter one is a strike.
    public var pingIntervalMin = Interval.seconds(5)
    /// Silence after which this end pings; 0 is never.
    public var pingInterval = Interval.seconds(30)
    /// Time the answer to a ping may take. Longer: the peer counts as gone; close.
    public var pingTimeout = Interval.seconds(5)
    /// Strikes for pinging too often that are forgiven. One more: GOAWAY and close.
    public var pingStrikesMax = 3

    /// Bytes queued for a peer at which reading from it pauses.
    public var outboundHighBytes = 256 << 10
    /// Bytes queued for a peer at which reading from it goes on.
    public var outboundLowBytes = 64 << 10
    /// Bytes queued for a peer at which its connection is closed.
    public var outboundHardBytes = 4 << 20
    /// Bytes of stream elements kept for a caller that has not asked for them yet. More, or more than
    /// `outboundHardBytes` for all streams of a connection: that stream ends with RESOURCE_EXHAUSTED.
    public var streamQueueBytesMax = 64 << 10
    /// Time without one byte accepted by a peer that has bytes queued. Longer: close.
    public var writeStallTimeout = Interval.seconds(10)

    /// Most names of one grant. More: INVALID_ARGUMENT.
    public var lockNamesMax = 64
    /// Longest name of a lock or election. Longer: INVALID_ARGUMENT.
    public var lockNameBytesMax = 512
    /// Longest name a holder gives itself. Longer: INVALID_ARGUMENT.
    public var lockHolderBytesMax = 128
    /// Most bytes a holder shows to others. More: INVALID_ARGUMENT.
    public var lockMetadataBytesMax = 1024
    /// Shortest time to live. Shorter: INVALID_ARGUMENT.
    public var lockTTLMin = Interval.milliseconds(100)
    /// Longest time to live, and longest hold. Longer: INVALID_ARGUMENT.
    public var lockTTLMax = Interval.seconds(86_400)
    /// Longest wait for a lock. Longer: INVALID_ARGUMENT.
    public var lockWaitMax = Interval.seconds(86_400)
    /// Longest time that a lock stays free after its holder vanished. Longer: INVALID_ARGUMENT.
    public var lockDelayMax = Interval.seconds(3600)
    /// Most locks of one page of a list. More are cut to this.
    public var lockPageMax = 500
    /// Most calls for locks and elections under way or waiting, of all connections. More:
    /// RESOURCE_EXHAUSTED, not processed.
    public var lockCallsMax = 200_000

    /// Longest name of a key. Longer: INVALID_ARGUMENT.
    public var keyNameBytesMax = 512
    /// Most bytes of a value. More: INVALID_ARGUMENT.
    public var keyValueBytesMax = 60 << 10
    /// Longest time that a value lasts which does not last for ever. Longer: INVALID_ARGUMENT.
    public var keyTTLMax = Interval.seconds(31_622_400)
    /// Most keys of one page of a list. More are cut to this.
    public var keyPageMax = 500
    /// Most steps of one batch. More: INVALID_ARGUMENT.
    public var keyBatchMax = 128

    /// The defaults.
    public init() {}
}
