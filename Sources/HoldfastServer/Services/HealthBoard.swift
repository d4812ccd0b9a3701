package import HoldfastWire
internal import Synchronization

/// The health of the server and its services, and who watches it.
package final class HealthBoard: Sendable {
    private struct State {
        var statuses: [String: ServingStatus] = [:]
        var watchers: [Int: (service: String, AsyncStream<ServingStatus>.Continuation)] = [:]
        var nextWatcher = 0
    }

    private let state = Mutex(State())

    /// A board on which `services` and the server as a whole ("") do not serve yet.
    package init(services: [String]) {
        state.withLock { state in
            for service in services + [""] { state.statuses[service] = .notServing }
        }
    }

    package func status(of service: String) -> ServingStatus? {
        state.withLock { $0.statuses[service] }
    }

    /// Sets the status of everything.
    package func setAll(_ status: ServingStatus) {
        let told = state.withLock { state in
            for service in state.statuses.keys { state.statuses[service] = status }
            return state.watchers.values.filter { state.statuses[$0.service] != nil }.map(\.1)
        }
        for watcher in told { watcher.yield(status) }
    }

    /// The status now and at each change; a slow watcher gets the newest only.
    package func watch(_ service: String) -> AsyncStream<ServingStatus> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ServingStatus.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            let number = state.nextWatcher
            state.nextWatcher += 1
            state.watchers[number] = (service, continuation)
            continuation.yield(state.statuses[service] ?? .serviceUnknown)
            return number
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.watchers.removeValue(forKey: number) }
        }
        return stream
    }
}
