public import HoldfastWireProtocol
internal import HoldfastRuntime

/// Where a handler sends the elements of a server stream.
public struct ServerStream<Element: WireMessage>: Sendable {
    let call: ServerCall

    /// Sends one element as soon as the caller takes it; waits until then.
    ///
    /// The connection never waits for the caller, only this handler does. Throws `CancellationError`
    /// when the caller has cancelled, gone, or has no time left.
    public func send(_ element: Element) async throws {
        while true {
            guard !Task.isCancelled else { throw CancellationError() }
            let seen = call.signalsSeen
            switch await attempt(element) {
            case .written: return
            case .noCredit, .full: await call.waitForRoom(since: seen)
            case .gone: throw CancellationError()
            case .tooLarge:
                throw RPCError(
                    .resourceExhausted, "a stream element is larger than the caller takes",
                    reason: "RESPONSE_TOO_LARGE")
            }
        }
    }

    private func attempt(_ element: Element) async -> ItemOutcome {
        if call.loop.isOnLoop {
            guard let session = call.loop.source(call.session) as? ServerSession else {
                return .gone
            }
            return session.send(element, on: call)
        }
        return await withCheckedContinuation { continuation in
            call.loop.post(
                ItemWork(element: element, call: call, continuation: continuation))
        }
    }
}

/// Carries an element from another thread to the loop.
private final class ItemWork<Element: WireMessage>: LoopWork {
    private let element: Element
    private let call: ServerCall
    private let continuation: CheckedContinuation<ItemOutcome, Never>

    init(element: Element, call: ServerCall, continuation: CheckedContinuation<ItemOutcome, Never>)
    {
        self.element = element
        self.call = call
        self.continuation = continuation
    }

    func run(on loop: EventLoop) {
        let session = loop.source(call.session) as? ServerSession
        continuation.resume(returning: session?.send(element, on: call) ?? .gone)
    }

    func dropped() {
        continuation.resume(returning: .gone)
    }
}
