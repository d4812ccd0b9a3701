public import HoldfastRPC
public import HoldfastWire
internal import Synchronization

/// What goes wrong with the calls of clients, switched on and off by a test.
///
/// It stands in front of the calls, in the client: a call that is refused or silenced never leaves, one
/// that is slowed leaves late.
public final class FaultBoard: ClientInterceptor {
    private struct State {
        var delay = Duration.zero
        var refusals: [(path: String, error: RPCError)] = []
        var isSilent = false
        var silenced: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var last: UInt64 = 0
    }

    private let state = Mutex(State())

    init() {}

    /// Every call takes so much longer.
    public func slow(by delay: Duration) {
        state.withLock { $0.delay = delay }
    }

    /// Calls whose path ends so (`"LockService/Acquire"`) fail; by default as if no server were there.
    public func refuse(
        _ path: String,
        with error: RPCError = RPCError(.unavailable, "refused by a test", isNotProcessed: true)
    ) {
        state.withLock { $0.refusals.append((path, error)) }
    }

    /// No call is answered any more, and none fails before its time: a network that is silent.
    public func silence() {
        state.withLock { $0.isSilent = true }
    }

    var isSilent: Bool { state.withLock { $0.isSilent } }

    /// Everything works again.
    public func heal() {
        let silenced = state.withLock { state in
            defer {
                state.delay = .zero
                state.refusals = []
                state.isSilent = false
                state.silenced = [:]
            }
            return Array(state.silenced.values)
        }
        for call in silenced { call.resume() }
    }

    /// Does what the test has asked for, then makes the call.
    public func interceptUnary(
        _ request: any WireMessage, method: String, options: CallOptions,
        next: @Sendable (any WireMessage, CallOptions) async throws(RPCError) -> any WireMessage
    ) async throws(RPCError) -> any WireMessage {
        let (delay, error) = state.withLock { state in
            (state.delay, state.refusals.first { method.hasSuffix($0.path) }?.error)
        }
        if let error { throw error }
        if delay > .zero { try? await Task.sleep(for: delay) }
        await waitWhileSilent()
        return try await next(request, options)
    }

    private func waitWhileSilent() async {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (call: CheckedContinuation<Void, Never>) in
                let isSilent = state.withLock { state in
                    guard state.isSilent, !Task.isCancelled else { return false }
                    state.silenced[number] = call
                    return true
                }
                if !isSilent { call.resume() }
            }
        } onCancel: {
            state.withLock { $0.silenced.removeValue(forKey: number) }?.resume()
        }
    }
}
