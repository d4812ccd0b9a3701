package import HoldfastWire
internal import Synchronization

/// The health of the server and its services, and who watches it.
package final class HealthBoard: Sendable {
    private struct State {
        /// Of the server as such, whatever its parts do.
        var stage = ServingStatus.notServing
        var services: Set<String> = []
        /// Services that lack what they need; with any, callers should not come here.
        var impaired: Set<String> = []
        var watchers: [Int: (service: String, AsyncStream<ServingStatus>.Continuation)] = [:]
        var nextWatcher = 0

        func status(of service: String) -> ServingStatus? {
            guard service.isEmpty || services.contains(service) else { return nil }
            let isImpaired = service.isEmpty ? !impaired.isEmpty : impaired.contains(service)
            return isImpaired ? .notServing : stage
        }
    }

    private let state = Mutex(State())

    /// A board on which nothing serves yet: the server as a whole (""), and what is added.
    package init() {}

    package func add(_ services: [String]) {
        state.withLock { $0.services.formUnion(services) }
    }

    package func status(of service: String) -> ServingStatus? {
        state.withLock { $0.status(of: service) }
    }

    /// Sets the status of everything that is not impaired.
    package func setAll(_ status: ServingStatus) {
        change { $0.stage = status }
    }

    /// Says that `services` lack what they need, or have it again.
    package func setImpaired(_ services: [String], _ isImpaired: Bool) {
        change { state in
            if isImpaired {
                state.impaired.formUnion(services)
            } else {
                state.impaired.subtract(services)
            }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let told = state.withLock { state in
            body(&state)
            return state.watchers.values.compactMap { watcher in
                state.status(of: watcher.service).map { ($0, watcher.1) }
            }
        }
        for (status, watcher) in told { watcher.yield(status) }
    }

    /// The status now and at each change; a slow watcher gets the newest only.
    package func watch(_ service: String) -> AsyncStream<ServingStatus> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ServingStatus.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            let number = state.nextWatcher
            state.nextWatcher += 1
            state.watchers[number] = (service, continuation)
            continuation.yield(state.status(of: service) ?? .serviceUnknown)
            return number
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.watchers.removeValue(forKey: number) }
        }
        return stream
    }
}
