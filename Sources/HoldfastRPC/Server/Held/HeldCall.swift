package import HoldfastBase
package import HoldfastWireProtocol

/// A call that is answered later, from any loop, without a task: the debt of one answer.
///
/// The debt is paid once, by `respond`, `finish` or `fail`, which consume it; one that is dropped
/// pays itself with INTERNAL. On the loop of the call's connection an answer is written into the
/// connection's output at once; from another loop, the answers of one tick travel together at its
/// end. The connection is never pointed at, only named: where it has gone, the answer finds nobody
/// and is counted.
///
/// What crosses the caller's wish to end it is decided here so: after a CANCEL the answer that is
/// given is the one that goes out (an element stream can only end CANCELLED or failed); after the
/// deadline, DEADLINE_EXCEEDED has gone out, and the answer only frees the slot.
package struct HeldCall: ~Copyable, Sendable {
    package let id: HeldCallID
    /// When the caller stops waiting; `never` for a parked call without a timeout.
    package let deadline: Instant
    private let desk: AnswerDesk
    private let isStream: Bool
    private var isOwed = true

    init(_ id: HeldCallID, deadline: Instant, isStream: Bool, desk: AnswerDesk) {
        self.id = id
        self.deadline = deadline
        self.isStream = isStream
        self.desk = desk
    }

    deinit {
        guard isOwed else { return }
        desk.fail(
            id, RPCError(.internal, "the call was dropped without an answer", reason: "DROPPED"))
    }

    /// Answers OK with a body of exactly `bodyBytes` that `write` writes.
    @inline(__always)
    package consuming func respond(bodyBytes: Int, _ write: (inout WireWriter) -> Void) {
        isOwed = false
        desk.respond(id, bodyBytes: bodyBytes, write)
    }

    /// Answers OK.
    package consuming func respond(_ message: some WireMessage) {
        respond(bodyBytes: message.encodedBytes) { message.encode(into: &$0) }
    }

    /// Answers with an error; what was sent on a stream before goes out before it.
    package consuming func fail(_ error: RPCError) {
        isOwed = false
        desk.fail(id, error)
    }

    // MARK: Streams

    /// Sends an element of exactly `bodyBytes` on a server stream.
    ///
    /// Nobody waits for a caller that does not take it: what its credit does not allow is kept up to
    /// `Limits.streamQueueBytesMax`, and beyond that the stream ends with RESOURCE_EXHAUSTED, which
    /// the observer hears. After an end, what is sent is dropped.
    package func send(bodyBytes: Int, _ write: (inout WireWriter) -> Void) {
        guard isStream else { return unreachable("an element for a call that is no stream") }
        desk.send(id, bodyBytes: bodyBytes, write)
    }

    /// Sends an element of a server stream.
    package func send(_ element: some WireMessage) {
        send(bodyBytes: element.encodedBytes) { element.encode(into: &$0) }
    }

    /// Has the observer told once, when all that was sent on the stream until now has gone to the
    /// connection: for a holder with more to say than may be kept for the caller.
    package func tellWhenSent() {
        guard isStream else { return unreachable("elements of a call that is no stream") }
        desk.tellWhenSent(id)
    }

    /// Ends a server stream well, after all that was sent.
    package consuming func finish() {
        respond(bodyBytes: 0) { _ in }
    }
}
