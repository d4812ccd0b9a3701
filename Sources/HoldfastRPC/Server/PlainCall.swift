package import HoldfastWire
package import HoldfastBase

/// A call that is answered inside the tick that read it: the request lies in the input, the answer
/// is written straight into the output. Exactly one of `respond` and `fail` is called.
@safe
package struct PlainCall: ~Copyable {
    let session: ServerSession
    let incoming: IncomingCall
    private let input: UnsafeRawBufferPointer
    private let arena: UnsafeMutablePointer<WireArena>
    private(set) var code: RPCCode?

    @unsafe
    init(
        session: ServerSession, incoming: IncomingCall, input: UnsafeRawBufferPointer,
        arena: UnsafeMutablePointer<WireArena>
    ) {
        self.session = session
        self.incoming = incoming
        unsafe self.input = input
        unsafe self.arena = arena
    }

    package var deadline: Instant { incoming.deadline }
    package var now: Instant { session.now }
    package var peer: ServerContext.Peer { session.peer }

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

    /// Answers OK with a body of exactly `bodyBytes` that `write` writes.
    @inline(__always)
    package mutating func respond(bodyBytes: Int, _ write: (inout WireWriter) -> Void) {
        guard code == nil else { return }
        let outcome = session.answerDirectly(incoming.stream, bodyBytes: bodyBytes, write)
        code = outcome == .written ? .ok : .resourceExhausted
    }

    package mutating func respond(_ message: some WireMessage) {
        respond(bodyBytes: message.encodedBytes) { message.encode(into: &$0) }
    }

    package mutating func fail(_ error: RPCError) {
        guard code == nil else { return }
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
