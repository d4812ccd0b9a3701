import HoldfastTesting
import Synchronization

/// What a test ran into, in words.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Asks again and again until it is so; the limit only ends what hangs.
func eventually(
    _ what: String, within limit: Duration = .seconds(40), _ isSo: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while try await !isSo() {
        guard clock.now < end else { throw Failure("waited \(limit) in vain: \(what)") }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// Keeps what a client counts.
final class Counters: HoldfastMetrics {
    private let counts = Mutex<[HoldfastMetric: Int]>([:])

    subscript(metric: HoldfastMetric) -> Int { counts.withLock { $0[metric, default: 0] } }

    func count(_ metric: HoldfastMetric, by amount: Int) {
        counts.withLock { $0[metric, default: 0] += amount }
    }

    func record(_ metric: HoldfastMetric, _ duration: Duration) {
        counts.withLock { $0[metric, default: 0] += 1 }
    }
}

/// A count that several tasks touch.
final class Gauge: Sendable {
    private let contents = Mutex((now: 0, most: 0, total: 0))

    var most: Int { contents.withLock { $0.most } }
    var total: Int { contents.withLock { $0.total } }

    func enter() {
        contents.withLock { contents in
            contents.now += 1
            contents.total += 1
            contents.most = max(contents.most, contents.now)
        }
    }

    func leave() { contents.withLock { $0.now -= 1 } }
}

/// Waits until it is cancelled.
func untilCancelled() async {
    let stream = AsyncStream<Void> { _ in }
    for await _ in stream {}
}

extension HoldfastClient {
    /// Whether the lock is free, and nobody waits for it.
    func isFree(_ name: String) async throws -> Bool {
        let lock = try await locks.getLock(GetLockRequest(name: name)).lock
        return lock?.holders.isEmpty ?? true && lock?.waiting ?? 0 == 0
    }
}
