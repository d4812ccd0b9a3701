public import HoldfastWireProtocol

/// What generated clients make their calls by: a connection to a server, or a stand-in for one.
public protocol CallChannel: Sendable {
    /// Makes a call that is answered once.
    func unary<Request, Response>(
        _ method: MethodDescriptor<Request, Response>, _ request: Request, options: CallOptions
    ) async throws(RPCError) -> Response

    /// Makes a call that is answered by a stream; it begins when the stream is iterated.
    func serverStream<Request, Response>(
        _ method: MethodDescriptor<Request, Response>, _ request: Request, options: CallOptions
    ) -> ResponseStream<Response>
}
