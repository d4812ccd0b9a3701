public import HoldfastWireProtocol

/// The methods a server answers, filled by the generated `register(in:)` of each service.
///
/// Two kinds of handlers: *async* ones, which get a Swift task on the connection's loop, and *plain*
/// ones, which answer inside the tick from the bytes where they lie; those are for the hot path.
public struct ServiceRegistry: Sendable {
    package private(set) var entries: [MethodEntry] = []
    package var interceptors: [any ServerInterceptor] = []

    /// An empty registry.
    public init() {}

    /// Adds an interceptor around every method added after it; the first added is the outermost.
    public mutating func intercept(with interceptor: any ServerInterceptor) {
        interceptors.append(interceptor)
    }

    /// The full names of the services.
    public var services: [String] {
        var names: [String] = []
        for entry in entries {
            let name = String(entry.path.prefix { $0 != "/" })
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// Adds a method that answers once.
    public mutating func unary<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ handler: @escaping @Sendable (Request, ServerContext) async throws -> Response
    ) {
        unary(method, kind: .unary, handler)
    }

    /// Adds a method that answers with a stream.
    public mutating func serverStream<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ handler:
            @escaping @Sendable (Request, ServerStream<Response>, ServerContext) async throws ->
            Void
    ) {
        let chain = interceptors
        add(method.path, kind: .parked) { call, body, arena throws(WireDecodingError) in
            let request = try Request(decoding: body, arena: &arena, limits: .request)
            call.run {
                let stream = ServerStream<Response>(call: call)
                try await Self.throughStream(chain[...], request, call.context) {
                    request, context in
                    guard let request = request as? Request else { throw Self.wrongType }
                    try await handler(request, stream, context)
                }
                // A handler whose source dries up when the task is cancelled returns as if it had
                // come to the end; the caller must not take that for the end of the stream.
                try Task.checkCancellation()
                call.finishStream()
            }
        }
    }

    /// Adds a method that answers once, counted as `kind`.
    ///
    /// - Parameter fast: answers inside the tick where it can; where it leaves the call unanswered,
    ///   `handler` gets it. It is not seen by interceptors: it must ask for permission itself.
    package mutating func unary<Request, Response>(
        _ method: MethodDescriptor<Request, Response>, kind: StreamKind,
        fast: (@Sendable (inout PlainCall) -> Void)? = nil,
        _ handler: @escaping @Sendable (Request, ServerContext) async throws -> Response
    ) {
        let chain = interceptors
        add(method.path, kind: kind, fast: fast) { call, body, arena throws(WireDecodingError) in
            let request = try Request(decoding: body, arena: &arena, limits: .request)
            if chain.isEmpty {
                call.run { call.finish(try await handler(request, call.context)) }
                return
            }
            call.run {
                let response = try await Self.throughUnary(chain[...], request, call.context) {
                    request, context in
                    guard let request = request as? Request else { throw Self.wrongType }
                    return try await handler(request, context)
                }
                guard let response = response as? Response else { throw Self.wrongType }
                call.finish(response)
            }
        }
    }

    /// Adds a method that is answered inside the tick.
    package mutating func plain(
        path: String, kind: StreamKind = .unary,
        _ handler: @escaping @Sendable (inout PlainCall) -> Void
    ) {
        add(MethodEntry(path: path, kind: kind, work: .plain(handler)))
    }

    /// Adds a method whose calls its handler answers inside the tick or holds (`PlainCall.hold`), to
    /// be answered later from any loop. It is not seen by interceptors: it must ask for permission
    /// itself.
    ///
    /// - Parameters:
    ///   - kind: what a call counts as unless `hold` says otherwise; a stream is always parked.
    ///   - observer: hears which held calls are not wanted any more.
    package mutating func held<Request, Response>(
        _ method: MethodDescriptor<Request, Response>, kind: StreamKind = .unary,
        observer: any HeldCallObserver, _ handler: @escaping @Sendable (inout PlainCall) -> Void
    ) {
        held(
            path: method.path, kind: kind, isStream: method.kind == .serverStream,
            observer: observer, handler)
    }

    package mutating func held(
        path: String, kind: StreamKind = .unary, isStream: Bool = false,
        observer: any HeldCallObserver, _ handler: @escaping @Sendable (inout PlainCall) -> Void
    ) {
        let held = HeldMethod(isStream: isStream, observer: observer, handler: handler)
        add(MethodEntry(path: path, kind: isStream ? .parked : kind, work: .held(held)))
    }

    private mutating func add(
        _ path: String, kind: StreamKind, fast: (@Sendable (inout PlainCall) -> Void)? = nil,
        _ start: @escaping MethodEntry.Start
    ) {
        add(MethodEntry(path: path, kind: kind, work: .async(fast: fast, start)))
    }

    private mutating func add(_ entry: MethodEntry) {
        precondition(
            !entries.contains { $0.path == entry.path },
            "the method \(entry.path) is registered twice")
        entries.append(entry)
    }

    private static var wrongType: RPCError {
        RPCError(.internal, "an interceptor exchanged the message for one of another type")
    }

    private static func throughUnary(
        _ chain: ArraySlice<any ServerInterceptor>, _ request: any WireMessage,
        _ context: ServerContext,
        _ handler:
            @escaping @Sendable (any WireMessage, ServerContext) async throws
            -> any WireMessage
    ) async throws -> any WireMessage {
        guard let first = chain.first else { return try await handler(request, context) }
        return try await first.interceptUnary(request, context: context) { request, context in
            try await throughUnary(chain.dropFirst(), request, context, handler)
        }
    }

    private static func throughStream(
        _ chain: ArraySlice<any ServerInterceptor>, _ request: any WireMessage,
        _ context: ServerContext,
        _ handler: @escaping @Sendable (any WireMessage, ServerContext) async throws -> Void
    ) async throws {
        guard let first = chain.first else { return try await handler(request, context) }
        try await first.interceptStream(request, context: context) { request, context in
            try await throughStream(chain.dropFirst(), request, context, handler)
        }
    }
}

/// One method as the server keeps it.
package struct MethodEntry: Sendable {
    package typealias Start =
        @Sendable (ServerCall, RawSpan, inout WireArena) throws(WireDecodingError) -> Void

    enum Work: Sendable {
        case plain(@Sendable (inout PlainCall) -> Void)
        case held(HeldMethod)
        case async(fast: (@Sendable (inout PlainCall) -> Void)?, Start)
    }

    package let path: String
    package let kind: StreamKind
    let work: Work
}
