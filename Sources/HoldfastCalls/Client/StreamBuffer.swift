package import HoldfastWireProtocol
internal import Synchronization

/// Between the loop that receives elements and the task that takes them; never longer than the
/// credit that was given.
package final class StreamBuffer<Element: WireMessage>: Sendable {
    private struct State {
        var elements: [Element] = []
        var first = 0
        var waiter: CheckedContinuation<Void, Never>?
        var ending: Result<Void, RPCError>?
        var taken = 0
        var isAbandoned = false
        var onCredit: (@Sendable (Int) -> Void)?
        var onAbandon: (@Sendable () -> Void)?
    }

    private enum Next {
        case element(Element, credit: Int, (@Sendable (Int) -> Void)?)
        case end(Result<Void, RPCError>)
        case wait
    }

    package let credit: Int
    private let state = Mutex(State())

    init(credit: Int) {
        self.credit = credit
    }

    /// Says how credit is given and how the call is ended.
    package func connect(
        onCredit: @escaping @Sendable (Int) -> Void, onAbandon: @escaping @Sendable () -> Void
    ) {
        let isAbandoned = state.withLock { state in
            state.onCredit = onCredit
            state.onAbandon = onAbandon
            return state.isAbandoned
        }
        if isAbandoned { onAbandon() }
    }

    package func push(_ element: Element) {
        let waiter = state.withLock { state in
            // Legal race: elements that were on their way when the reader left.
            guard !state.isAbandoned else { return nil as CheckedContinuation<Void, Never>? }
            state.elements.append(element)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    package func end(_ ending: Result<Void, RPCError>) {
        let waiter = state.withLock { state in
            if state.ending == nil { state.ending = ending }
            state.onCredit = nil
            state.onAbandon = nil
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Nobody wants what comes, nor what is there.
    func abandon() {
        let (waiter, tell) = state.withLock { state in
            state.isAbandoned = true
            // A good end behind elements that nobody took would pass for the end of the stream.
            if state.ending == nil || !state.elements.isEmpty {
                state.ending = .failure(RPCError(.cancelled, "the stream was cancelled"))
            }
            state.elements = []
            state.first = 0
            defer {
                state.waiter = nil
                state.onAbandon = nil
            }
            return (state.waiter, state.onAbandon)
        }
        waiter?.resume()
        tell?()
    }

    func next() async throws(RPCError) -> Element? {
        // Where there is always an element nobody waits, and only this tells of the cancellation.
        if Task.isCancelled { abandon() }
        while true {
            switch take() {
            case .element(let element, let credit, let give):
                if credit > 0 { give?(credit) }
                return element
            case .end(let ending):
                try ending.get()
                return nil
            case .wait:
                await withTaskCancellationHandler {
                    await wait()
                } onCancel: {
                    abandon()
                }
            }
        }
    }

    private func take() -> Next {
        state.withLock { state in
            if state.first < state.elements.count {
                let element = state.elements[state.first]
                state.first += 1
                if state.first == state.elements.count {
                    state.elements.removeAll(keepingCapacity: true)
                    state.first = 0
                }
                state.taken += 1
                // Half at a time: one CREDIT for many elements, and the server never runs dry.
                guard state.taken >= max(1, credit / 2) else {
                    return .element(element, credit: 0, nil)
                }
                defer { state.taken = 0 }
                return .element(element, credit: state.taken, state.onCredit)
            }
            if let ending = state.ending { return .end(ending) }
            return .wait
        }
    }

    private func wait() async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.first < state.elements.count || state.ending != nil {
                    return true
                }
                state.waiter = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
    }
}
