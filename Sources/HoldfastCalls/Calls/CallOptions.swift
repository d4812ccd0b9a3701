public import HoldfastBase

/// How one call is made.
public struct CallOptions: Sendable {
    /// How long the caller waits, queueing and every retry included; `nil` means the client's
    /// default for calls and no end for streams.
    public var timeout: Duration?
    /// Whether the call waits for a connection until its timeout, or fails with UNAVAILABLE as soon
    /// as no endpoint could be reached.
    public var waitForReady: Bool
    /// Names the call for the server, which answers a repeat with the first answer; `nil` has the
    /// client make one.
    public var requestID: RequestID?
    /// Whether the library may repeat the call where its failure allows it.
    public var retries: Bool
    /// What the call is to the server: waits, and calls that end them, have room apart.
    public var weight: CallWeight
    /// Server streams: how many elements may be on their way at once.
    public var initialCredit: Int
    /// Name-value pairs for the server's handlers and interceptors.
    public var metadata: [CallMetadata]
    /// W3C trace context, passed on unchanged.
    public var traceparent: String
    /// W3C trace state, passed on unchanged.
    public var tracestate: String

    /// Options with the defaults for all that is not given.
    public init(
        timeout: Duration? = nil, waitForReady: Bool = true, requestID: RequestID? = nil,
        retries: Bool = true, initialCredit: Int = 16, metadata: [CallMetadata] = [],
        traceparent: String = "", tracestate: String = "", weight: CallWeight = .usual
    ) {
        self.timeout = timeout
        self.waitForReady = waitForReady
        self.requestID = requestID
        self.retries = retries
        self.initialCredit = initialCredit
        self.metadata = metadata
        self.traceparent = traceparent
        self.tracestate = tracestate
        self.weight = weight
    }
}

/// One name-value pair that travels with a call.
public struct CallMetadata: Hashable, Sendable {
    /// Lower case: a-z, 0-9, '_', '.', '-'.
    public var name: String
    /// Any bytes.
    public var value: [UInt8]

    /// A pair.
    public init(name: String, value: [UInt8]) {
        self.name = name
        self.value = value
    }
}
