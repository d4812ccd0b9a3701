public import HoldfastWireProtocol

/// Stands around every async call of a server: for authorisation, tracing, faults in tests.
public protocol ServerInterceptor: Sendable {
    /// Answers the call, as a rule with what `next` answers. To refuse it, throw an `RPCError`.
    func interceptUnary(
        _ request: any WireMessage, context: ServerContext,
        next: @escaping @Sendable (any WireMessage, ServerContext) async throws -> any WireMessage
    ) async throws -> any WireMessage

    /// Runs the stream, as a rule by `next`. To refuse it, throw an `RPCError`.
    func interceptStream(
        _ request: any WireMessage, context: ServerContext,
        next: @escaping @Sendable (any WireMessage, ServerContext) async throws -> Void
    ) async throws
}

extension ServerInterceptor {
    /// Passes the call on.
    public func interceptUnary(
        _ request: any WireMessage, context: ServerContext,
        next: @escaping @Sendable (any WireMessage, ServerContext) async throws -> any WireMessage
    ) async throws -> any WireMessage {
        try await next(request, context)
    }

    /// Passes the stream on.
    public func interceptStream(
        _ request: any WireMessage, context: ServerContext,
        next: @escaping @Sendable (any WireMessage, ServerContext) async throws -> Void
    ) async throws {
        try await next(request, context)
    }
}
