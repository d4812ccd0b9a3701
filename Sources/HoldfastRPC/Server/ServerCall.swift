internal import HoldfastBase
internal import HoldfastRuntime
public import HoldfastWireProtocol
internal import Synchronization

/// One open async call: connects the task that answers it with the stream it came by.
///
/// The task runs on the connection's loop and may go anywhere while it awaits; what it has to say is
/// carried back to the loop. The session may be gone by then: it is looked up by token, never held.
package final class ServerCall: Sendable {
    package let context: ServerContext
    let loop: EventLoop
    let session: LoopToken
    let stream: UInt32
    let slot: Int
    let method: Int
    let started: Instant
    private let state = Mutex(State())
    /// How often credit or room came; changes under the lock only.
    private let signalCount = Atomic<Int>(0)

    private struct State {
        var task: Task<Void, Never>?
        var isCancelled = false
        /// The handler may send from several tasks.
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    init(
        context: ServerContext, loop: EventLoop, session: LoopToken, stream: UInt32, slot: Int,
        method: Int, started: Instant
    ) {
        self.context = context
        self.loop = loop
        self.session = session
        self.stream = stream
        self.slot = slot
        self.method = method
        self.started = started
    }

    /// Runs `work` as a task on the loop; an error it throws is the answer.
    package func run(_ work: @escaping @Sendable () async throws -> Void) {
        let task = Task(executorPreference: loop) {
            do {
                try await work()
            } catch {
                self.fail(Self.answer(to: error))
            }
        }
        let cancelled = state.withLock { state in
            state.task = task
            return state.isCancelled
        }
        if cancelled { task.cancel() }
    }

    /// The caller left or has no more time: the task is cancelled and a waiting `send` wakes.
    func cancel() {
        let (task, waiters) = state.withLock { state in
            state.isCancelled = true
            defer { state.waiters = [] }
            return (state.task, state.waiters)
        }
        task?.cancel()
        for waiter in waiters { waiter.resume() }
    }

    /// Items may flow again.
    func signal() {
        let waiters = state.withLock { state in
            signalCount.add(1, ordering: .relaxed)
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// What to give `waitForRoom`, asked before the attempt that may find no room.
    var signalsSeen: Int { signalCount.load(ordering: .relaxed) }

    /// Waits until items may flow again, which they may have since `seen`, or the call is cancelled.
    func waitForRoom(since seen: Int) async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.isCancelled || signalsSeen != seen { return true }
                state.waiters.append(continuation)
                return false
            }
            if isDone { continuation.resume() }
        }
    }

    func finish(_ response: some WireMessage) {
        onSession { session in
            session.finish(self, bodyBytes: response.encodedBytes) { response.encode(into: &$0) }
        }
    }

    func finishStream() {
        onSession { session in
            session.finish(self, bodyBytes: 0) { _ in }
        }
    }

    func fail(_ error: RPCError) {
        onSession { session in session.finish(self, failing: error) }
    }

    /// Calls `body` with the session on its loop, or not at all when it is gone.
    func onSession(_ body: @escaping @Sendable (ServerSession) -> Void) {
        if loop.isOnLoop {
            if let session = loop.source(session) as? ServerSession { body(session) }
        } else {
            loop.post { loop in
                if let session = loop.source(self.session) as? ServerSession { body(session) }
            }
        }
    }

    private static func answer(to error: any Error) -> RPCError {
        switch error {
        case let error as RPCError: error
        case let error as any RPCErrorConvertible: error.rpcError
        case is CancellationError: RPCError(.cancelled, "the call was cancelled")
        // What a handler did not mean to say stays on the server.
        default: RPCError(.internal, "the handler failed", reason: "HANDLER_FAILED")
        }
    }
}

/// An error that says as which status it is to be answered.
public protocol RPCErrorConvertible: Error {
    /// The answer.
    var rpcError: RPCError { get }
}
