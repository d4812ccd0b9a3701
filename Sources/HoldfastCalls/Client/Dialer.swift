internal import HoldfastBase

/// Decides which endpoint to try next and when: a pure value.
///
/// The list is shuffled once, so that the clients of one configuration spread over the servers. An
/// endpoint that works is kept; when it fails, the next one is tried at once, and only when all have
/// failed in a row does the client pause (100 ms × 1.6 for each round, ± 20 %, up to a maximum). It
/// never gives up while it is asked.
struct Dialer: Sendable {
    enum Step: Equatable, Sendable {
        case dial(Endpoint)
        case pause(until: Instant)
    }

    private let endpoints: [Endpoint]
    private let pauseMax: Interval
    private var index = 0
    /// Failures since the last success.
    private var failures = 0
    private var pauseUntil = Instant.zero

    init(
        endpoints: [Endpoint], pauseMax: Interval, using generator: inout some RandomNumberGenerator
    ) {
        self.endpoints = endpoints.shuffled(using: &generator)
        self.pauseMax = pauseMax
    }

    func next(now: Instant) -> Step {
        pauseUntil > now ? .pause(until: pauseUntil) : .dial(endpoints[index])
    }

    /// Whether all endpoints have failed and none is to be tried yet.
    func isPausing(now: Instant) -> Bool { pauseUntil > now }

    /// The endpoint in use works.
    mutating func succeeded() {
        failures = 0
        pauseUntil = .zero
    }

    /// The endpoint in use failed.
    ///
    /// - Parameter random: a number in 0..<1.
    mutating func failed(now: Instant, random: Double) {
        failures += 1
        index = (index + 1) % endpoints.count
        if failures % endpoints.count == 0 {
            pauseUntil =
                now
                + BackOff.pause(
                    failures: failures / endpoints.count, maximum: pauseMax, random: random)
        }
    }

    /// The server in use is leaving: try the next one first.
    mutating func leave() {
        index = (index + 1) % endpoints.count
    }
}
