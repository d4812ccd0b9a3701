public import HoldfastWireProtocol

/// Stands around every call of a client: for tracing, credentials, faults in tests.
public protocol ClientInterceptor: Sendable {
    /// Makes the call, as a rule by `next`; retries happen inside.
    func interceptUnary(
        _ request: any WireMessage, method: String, options: CallOptions,
        next: @Sendable (any WireMessage, CallOptions) async throws(RPCError) -> any WireMessage
    ) async throws(RPCError) -> any WireMessage

    /// Changes how a stream is begun.
    func interceptStream(method: String, options: CallOptions) -> CallOptions
}

extension ClientInterceptor {
    /// Passes the call on.
    public func interceptUnary(
        _ request: any WireMessage, method: String, options: CallOptions,
        next: @Sendable (any WireMessage, CallOptions) async throws(RPCError) -> any WireMessage
    ) async throws(RPCError) -> any WireMessage {
        try await next(request, options)
    }

    /// Begins the stream as asked.
    public func interceptStream(method: String, options: CallOptions) -> CallOptions { options }
}
