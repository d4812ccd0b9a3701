extension Limits {
    /// Every limit with its name, unit and effect, in the order of `Limits`.
    public static let catalogue: [LimitDescription] =
        messageLimits + callLimits + connectionLimits + livenessLimits + outboundLimits
        + lockLimits + keyLimits

    private static let day = Interval.seconds(86_400)

    private static let messageLimits: [LimitDescription] = [
        .bytes(
            "limits.request_bytes", \.requestBytesMax, 1024...16_777_215,
            "Largest request frame; a larger one closes the connection."),
        .bytes(
            "limits.response_bytes", \.responseBytesMax, 1024...16_777_215,
            "Largest response or stream item; a larger one becomes RESOURCE_EXHAUSTED."),
        .bytes(
            "limits.head_bytes", \.headBytesMax, 512...65_535,
            "Largest head of a frame; a larger one closes the connection."),
        .count(
            "limits.metadata_entries", \.metadataEntriesMax, 0...1024,
            "Most metadata entries of a call; more fail it with RESOURCE_EXHAUSTED."),
        .bytes(
            "limits.before_hello_bytes", \.bytesBeforeHelloMax, 1024...1_048_576,
            "Most bytes a client may send behind its HELLO before that is read; more close the "
                + "connection."),
        .bytes(
            "limits.agent_bytes", \.agentBytesMax, 16...4096,
            "Longest name a client may give itself; a longer one closes the connection."),
    ]

    private static let callLimits: [LimitDescription] = [
        .count(
            "limits.active_streams", \.activeStreamsMax, 1...1_000_000,
            "Most unary calls open at once on a connection; more get RESOURCE_EXHAUSTED."),
        .count(
            "limits.parked_streams", \.parkedStreamsMax, 0...1_000_000,
            "Most waits, watches and streams open at once on a connection; more get "
                + "RESOURCE_EXHAUSTED."),
        .count(
            "limits.task_streams", \.taskStreamsMax, 0...1_000_000,
            "Most server streams open at once on a connection that are tasks, as those of health and "
                + "echo are; more get RESOURCE_EXHAUSTED."),
        .count(
            "limits.reserved_streams", \.reservedStreams, 1...1024,
            "Slots kept back for keep-alive, release and close when the others are taken; beyond "
                + "them such calls get RESOURCE_EXHAUSTED too."),
        .time(
            "limits.default_call_timeout", \.callTimeoutDefault, .milliseconds(1)...day,
            "Deadline of a call that names none; after it the call gets DEADLINE_EXCEEDED."),
        .time(
            "limits.max_call_timeout", \.callTimeoutMax, .milliseconds(1)...day,
            "Longest deadline of a unary call; a longer one is cut to this."),
        .count(
            "limits.frames_per_tick", \.framesPerTickMax, 1...65_536,
            "Most frames taken from a connection before the others have their turn; the rest "
                + "waits. A call that begins a task counts as 16."),
        .count(
            "limits.cancels_per_second", \.cancelsPerSecondMax, 1...1_000_000,
            "Most cancels per second on a connection; more close it."),
    ]

    private static let connectionLimits: [LimitDescription] = [
        .count(
            "limits.connections", \.connectionsMax, 1...10_000_000,
            "Most connections at once; more are closed as soon as accepted."),
        .count(
            "limits.connections_per_address", \.connectionsPerAddressMax, 0...10_000_000,
            "Most connections at once from one address, 0 for no bound; more are closed as soon "
                + "as accepted."),
        .count(
            "limits.handshakes_in_flight", \.handshakesInFlightMax, 1...65_536,
            "Most TLS handshakes at once; more are not accepted until one has ended."),
        .time(
            "limits.handshake_timeout", \.handshakeTimeout, .milliseconds(10)...day,
            "Time a TLS handshake may take; a longer one is closed."),
        .time(
            "limits.hello_timeout", \.helloTimeout, .milliseconds(10)...day,
            "Time from the end of the handshake to the HELLO; later, the connection is closed."),
        .time(
            "limits.partial_frame_timeout", \.partialFrameTimeout, .milliseconds(10)...day,
            "Time from the first byte of a frame to its last; later, the connection is closed."),
        .time(
            "limits.idle_timeout", \.idleTimeout, .zero...day,
            "Time without a call after which a connection is told to leave, 0 for never."),
        .time(
            "limits.max_connection_age", \.connectionAgeMax, .zero...Interval.seconds(31_536_000),
            "Age at which a connection is told to leave, so that its certificate is checked "
                + "again, 0 for never."),
        .time(
            "drain.grace", \.drainGrace, .zero...day,
            "Time the open calls get when the server drains; after it they are closed."),
    ]

    private static let livenessLimits: [LimitDescription] = [
        .time(
            "limits.ping_interval_min", \.pingIntervalMin, .milliseconds(1)...day,
            "Shortest time between two pings of a client; a shorter one is a strike."),
        .time(
            "limits.ping_interval", \.pingInterval, .zero...day,
            "Silence after which the server pings a client, 0 for never."),
        .time(
            "limits.ping_timeout", \.pingTimeout, .milliseconds(10)...day,
            "Time a client may take to answer a ping; later, the connection is closed."),
        .count(
            "limits.ping_strikes", \.pingStrikesMax, 0...1000,
            "Strikes for pinging too often that are forgiven; one more closes the connection."),
    ]

    private static let outboundLimits: [LimitDescription] = [
        .bytes(
            "limits.outbound_high_bytes", \.outboundHighBytes, 1024...1_073_741_824,
            "Bytes queued for a client at which reading from it pauses."),
        .bytes(
            "limits.outbound_low_bytes", \.outboundLowBytes, 0...1_073_741_824,
            "Bytes queued for a client at which reading from it goes on."),
        .bytes(
            "limits.outbound_hard_bytes", \.outboundHardBytes, 1024...4_294_967_296,
            "Bytes queued for a client at which its connection is closed."),
        .bytes(
            "limits.stream_queue_bytes", \.streamQueueBytesMax, 0...1_073_741_824,
            "Bytes of stream elements kept for a client that has not asked for them yet; more end "
                + "the stream."),
        .time(
            "limits.write_stall_timeout", \.writeStallTimeout, .milliseconds(10)...day,
            "Time without one byte accepted by a client that has bytes queued; then its "
                + "connection is closed."),
    ]

    private static let lockLimits: [LimitDescription] = [
        .count(
            "locks.names", \.lockNamesMax, 1...64,
            "Most names of one grant; more get INVALID_ARGUMENT."),
        .bytes(
            "locks.name_bytes", \.lockNameBytesMax, 1...512,
            "Longest name of a lock or election; a longer one gets INVALID_ARGUMENT."),
        .bytes(
            "locks.holder_bytes", \.lockHolderBytesMax, 0...512,
            "Longest name a holder gives itself; a longer one gets INVALID_ARGUMENT."),
        .bytes(
            "locks.metadata_bytes", \.lockMetadataBytesMax, 0...8192,
            "Most bytes a holder shows to others; more get INVALID_ARGUMENT."),
        .time(
            "locks.min_ttl", \.lockTTLMin, .milliseconds(10)...day,
            "Shortest time to live; a shorter one gets INVALID_ARGUMENT."),
        .time(
            "locks.max_ttl", \.lockTTLMax, .milliseconds(100)...Interval.seconds(864_000),
            "Longest time to live, and longest hold; a longer one gets INVALID_ARGUMENT."),
        .time(
            "locks.max_wait", \.lockWaitMax, .zero...Interval.seconds(864_000),
            "Longest wait for a lock; a longer one gets INVALID_ARGUMENT."),
        .time(
            "locks.max_lock_delay", \.lockDelayMax, .zero...day,
            "Longest time that a lock stays free after its holder vanished; a longer one gets "
                + "INVALID_ARGUMENT."),
        .count(
            "locks.page", \.lockPageMax, 1...500,
            "Most locks of one page of a list; more are cut to this."),
        .count(
            "locks.calls", \.lockCallsMax, 1...10_000_000,
            "Most calls for locks and elections under way or waiting, of all connections; more "
                + "get RESOURCE_EXHAUSTED."),
    ]

    private static let keyLimits: [LimitDescription] = [
        .bytes(
            "keys.name_bytes", \.keyNameBytesMax, 1...512,
            "Longest name of a key; a longer one gets INVALID_ARGUMENT."),
        .bytes(
            "keys.value_bytes", \.keyValueBytesMax, 0...1_048_576,
            "Most bytes of a value; more get INVALID_ARGUMENT. The request must fit into "
                + "limits.request_bytes, too."),
        .time(
            "keys.max_ttl", \.keyTTLMax, .milliseconds(1)...Interval.seconds(316_224_000),
            "Longest time that a value lasts which does not last for ever; a longer one gets "
                + "INVALID_ARGUMENT."),
        .count(
            "keys.page", \.keyPageMax, 1...1000,
            "Most keys of one page of a list; more are cut to this."),
        .count(
            "keys.batch", \.keyBatchMax, 1...128,
            "Most steps of one batch; more get INVALID_ARGUMENT."),
    ]
}
