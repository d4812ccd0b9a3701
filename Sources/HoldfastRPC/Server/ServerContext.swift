public import HoldfastBase
internal import HoldfastSystem

/// What a handler knows of the call it answers, beside the request.
public struct ServerContext: Sendable {
    /// Full name of the method: "holdfast.v1.EchoService/Echo".
    public let method: String
    /// What the caller named the call; repeats carry the same. `nil` when it gave none.
    public let requestID: RequestID?
    /// 0 for the first attempt.
    public let attempt: Int
    /// Who calls.
    public let peer: Peer
    /// Name-value pairs the caller sent.
    public let metadata: [CallMetadata]
    /// W3C trace context, unchanged.
    public let traceparent: String
    /// W3C trace state, unchanged.
    public let tracestate: String
    /// When the caller stops waiting; `never` for a stream without end.
    public let deadline: Instant

    /// Time until the caller stops waiting; `nil` when it waits without end. Hand it on to whatever
    /// the handler waits for.
    public var remaining: Duration? {
        deadline == .never ? nil : (deadline - Clocks.now()).duration
    }

    /// Who is at the other end of a connection.
    public struct Peer: Hashable, Sendable {
        /// Address and port.
        public let address: String
        /// The name in its certificate (URI, else DNS); `nil` when it has shown none.
        public let identity: String?
        /// What it calls itself; not to be trusted.
        public let agent: String
        /// Number of the connection, unique in the life of the server.
        public let connection: UInt64
    }
}
