package import HoldfastBase
package import HoldfastRuntime
package import HoldfastWireProtocol

/// A call that is answered inside the tick that read it: the request lies in the input, the answer
/// is written straight into the output. Exactly one of `respond` and `fail` is called, or, for a
/// method that is registered so, `hold`.
@safe
package struct PlainCall: ~Copyable {
    let session: ServerSession
    let incoming: IncomingCall
    private let input: UnsafeRawBufferPointer
    private let arena: UnsafeMutablePointer<WireArena>
    private let method: Int
    private let kind: StreamKind
    private let isStream: Bool?
    private(set) var code: RPCCode?
    private(set) var isHeld = false

    @unsafe
    init(
        session: ServerSession, incoming: IncomingCall, input: UnsafeRawBufferPointer,
        arena: UnsafeMutablePointer<WireArena>, method: Int = 0, kind: StreamKind = .unary,
        isStream: Bool? = nil
    ) {
        self.method = method
        self.kind = kind
        self.isStream = isStream
        self.session = session
        self.incoming = incoming
        unsafe self.input = input
        unsafe self.arena = arena
    }

    /// Full name of the method: "holdfast.v1.EchoService/Echo".
    package var path: String { session.shard.methods.entries[method].path }
    /// Those of the connection.
    package var limits: Limits { session.settings.limits }
    package var deadline: Instant { incoming.deadline }
    package var now: Instant { session.now }
    package var peer: ServerContext.Peer { session.peer }
    /// The name in the caller's certificate.
    package var identity: String? { session.peer.identity }
    /// Number of the connection, unique in the life of the server.
    package var connection: UInt64 { session.peer.connection }
    /// The loop of the connection, on which the handler runs.
    package var loop: EventLoop { session.loop }

    /// What the caller named the call; `nil` when it gave no name.
    package var requestID: RequestID? {
        unsafe RequestID(RawSpan(_unsafeBytes: incoming.head.requestId))
    }
    /// 0 for the first attempt.
    package var attempt: Int { unsafe Int(incoming.head.attempt) }

    /// The request, decoded where it lies; `nil` when it is malformed, which has then been answered.
    @unsafe
    package mutating func decode(_ schema: WireSchema) -> UnsafeRawPointer? {
        let body = unsafe RawSpan(
            _unsafeBytes: UnsafeRawBufferPointer(rebasing: input[incoming.body]))
        do {
            return unsafe try schema.decode(body, arena: &arena.pointee)
        } catch {
            fail(error.rpcError)
            return nil
        }
    }

    /// The request as a value; `nil` when it is malformed, which has then been answered.
    package mutating func request<Request: WireMessage>(as type: Request.Type) -> Request? {
        guard let decoded = unsafe decode(Request.schema) else { return nil }
        return unsafe Request(decoded: decoded)
    }

    /// Has the call answered later. What lies in the input is gone when the handler returns.
    ///
    /// - Parameter kind: what the call counts as while it is open, if not as its method says: one
    ///   that waits is parked, and then has no deadline but the one its caller gave.
    /// - Returns: `nil` when the connection has too many open calls of that kind, which has then
    ///   been answered.
    package mutating func hold(as kind: StreamKind? = nil) -> HeldCall? {
        guard let isStream, code == nil, !isHeld else {
            unreachable("a call that may not be held, or was answered or held before")
            fail(RPCError(.internal, "the call cannot be held"))
            return nil
        }
        let kind = isStream ? .parked : kind ?? self.kind
        guard let deadline = session.hold(incoming, kind: kind, method: method) else {
            code = .resourceExhausted
            return nil
        }
        isHeld = true
        let desk = session.shard.desk
        desk.open()
        return HeldCall(
            HeldCallID(desk: desk.number, session: session.token, stream: incoming.stream),
            deadline: deadline, isStream: isStream, desk: desk)
    }

    /// Answers OK with a body of exactly `bodyBytes` that `write` writes.
    @inline(__always)
    package mutating func respond(bodyBytes: Int, _ write: (inout WireWriter) -> Void) {
        guard code == nil, !isHeld else { return }
        let outcome = session.answerDirectly(incoming.stream, bodyBytes: bodyBytes, write)
        code = outcome == .written ? .ok : .resourceExhausted
    }

    package mutating func respond(_ message: some WireMessage) {
        respond(bodyBytes: message.encodedBytes) { message.encode(into: &$0) }
    }

    package mutating func fail(_ error: RPCError) {
        guard code == nil, !isHeld else { return }
        session.refuse(incoming.stream, error)
        code = error.code
    }
}

extension WireDecodingError {
    /// The answer to a request whose body cannot be decoded.
    var rpcError: RPCError {
        RPCError(.invalidArgument, description, reason: "MALFORMED_MESSAGE")
    }
}
