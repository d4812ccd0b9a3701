internal import HoldfastBase
internal import HoldfastRuntime
internal import HoldfastWireProtocol
internal import Synchronization

/// One attempt of a call on its way: from the caller's task to the loop and back.
///
/// A subclass knows the type of the answer and what waits for it. Everything but `cancel` happens on
/// the loop; the answer is given exactly once, by whoever comes first: the response, the deadline,
/// the cancellation, or the end of the connection.
class ClientCall: LoopWork, @unchecked Sendable {
    // `@unchecked Sendable`: the mutable fields are touched on the loop only, but `isCancelled`,
    // which is atomic.
    let channel: ChannelCore
    let kind: StreamKind
    let deadline: Instant
    let body: [UInt8]
    let waitForReady: Bool
    /// Whether it is answered by a stream.
    var isStream: Bool { false }
    var head: RequestHead
    var session = LoopToken.none
    var stream: UInt32 = 0
    private(set) var isDone = false
    /// It has arrived at the channel; a cancellation that came before waits for it there.
    var isSubmitted = false
    private let isCancelled = Atomic<Bool>(false)

    init(
        channel: ChannelCore, head: RequestHead, kind: StreamKind, deadline: Instant, body: [UInt8],
        waitForReady: Bool
    ) {
        self.channel = channel
        self.head = head
        self.kind = kind
        self.deadline = deadline
        self.body = body
        self.waitForReady = waitForReady
    }

    /// The call arrives at the loop.
    final func run(on loop: EventLoop) {
        channel.submit(self)
    }

    final func dropped() {
        fail(RPCError(.unavailable, "the client was closed", isNotProcessed: true))
    }

    /// The caller does not want the answer any more; from any thread.
    final func cancel() {
        isCancelled.store(true, ordering: .relaxed)
        channel.loop.post { _ in self.channel.cancelled(self) }
    }

    final var wasCancelled: Bool { isCancelled.load(ordering: .relaxed) }

    final func fail(_ error: RPCError) {
        guard !isDone else { return }
        isDone = true
        failed(error)
    }

    final func succeed(_ body: RawSpan, arena: inout WireArena) {
        guard !isDone else { return }
        isDone = true
        succeeded(body, arena: &arena)
    }

    /// An answer with status OK. For subclasses.
    func succeeded(_ body: RawSpan, arena: inout WireArena) {}
    /// Any other end. For subclasses.
    func failed(_ error: RPCError) {}
    /// One element of a stream. For subclasses.
    func element(_ body: RawSpan, arena: inout WireArena) {}
}

/// A call that is answered once.
final class UnaryCall<Response: WireMessage>: ClientCall, @unchecked Sendable {
    // `@unchecked Sendable`: see `ClientCall`; the continuation is taken on the loop.
    var continuation: CheckedContinuation<Result<Response, RPCError>, Never>?

    override func succeeded(_ body: RawSpan, arena: inout WireArena) {
        do {
            let response = try Response(decoding: body, arena: &arena, limits: .response)
            continuation?.resume(returning: .success(response))
        } catch {
            continuation?.resume(
                returning: .failure(
                    RPCError(.internal, "the answer cannot be decoded: \(error.description)")))
        }
        continuation = nil
    }

    override func failed(_ error: RPCError) {
        continuation?.resume(returning: .failure(error))
        continuation = nil
    }
}

/// A call that is answered by a stream.
final class StreamCall<Element: WireMessage>: ClientCall, @unchecked Sendable {
    // `@unchecked Sendable`: see `ClientCall`; the buffer is Sendable by itself.
    private let buffer: StreamBuffer<Element>

    init(
        channel: ChannelCore, head: RequestHead, deadline: Instant, body: [UInt8],
        waitForReady: Bool, buffer: StreamBuffer<Element>
    ) {
        self.buffer = buffer
        super.init(
            channel: channel, head: head, kind: .parked, deadline: deadline, body: body,
            waitForReady: waitForReady)
    }

    override var isStream: Bool { true }

    override func succeeded(_ body: RawSpan, arena: inout WireArena) {
        buffer.end(.success(()))
    }

    override func failed(_ error: RPCError) {
        buffer.end(.failure(error))
    }

    override func element(_ body: RawSpan, arena: inout WireArena) {
        do {
            buffer.push(try Element(decoding: body, arena: &arena, limits: .response))
        } catch {
            fail(RPCError(.internal, "an element cannot be decoded: \(error.description)"))
            channel.cancelled(self)
        }
    }
}
