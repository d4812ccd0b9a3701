internal import HoldfastBase
internal import HoldfastWire

/// Hands what happens to the logs and metrics of the program, without waiting for them.
///
/// Events go into a bounded queue, and a task of their own takes them out: user code that blocks must
/// not stop renewals.
final class ClientJournal: Sendable {
    enum Event: Sendable {
        case acquired(after: Interval)
        case released
        case lost(GuardState)
        case keepAlive
        case keepAliveFailed(RPCError)
        case renewed(guards: Int)
        case serverSilent
    }

    private let events: AsyncStream<Event>.Continuation?

    init(_ options: ClientOptions) {
        guard options.log != nil || options.metrics != nil else {
            events = nil
            return
        }
        let (stream, events) = AsyncStream<Event>.makeStream(
            bufferingPolicy: .bufferingNewest(ClientLimits.journalEventsMax))
        self.events = events
        let (log, metrics) = (options.log, options.metrics)
        Task {
            for await event in stream { Self.tell(event, log, metrics) }
        }
    }

    func note(_ event: @autoclosure () -> Event) {
        if let events { events.yield(event()) }
    }

    func finish() { events?.finish() }

    private static func tell(
        _ event: Event, _ log: (any HoldfastLog)?, _ metrics: (any HoldfastMetrics)?
    ) {
        switch event {
        case .acquired(let interval):
            metrics?.count(.acquired, by: 1)
            metrics?.record(.acquireDuration, interval.duration)
        case .released: metrics?.count(.released, by: 1)
        case .lost(let state):
            metrics?.count(.lost, by: 1)
            guard case .lost(let reason) = state else { return }
            log?.log(.error, "a lock is lost", ["why": reason.explanation])
        case .keepAlive: metrics?.count(.keepAlives, by: 1)
        case .keepAliveFailed(let error):
            metrics?.count(.keepAliveFailures, by: 1)
            log?.log(.warning, "a keep-alive failed", ["error": error.description])
        case .renewed(let guards):
            log?.log(.debug, "a session was kept alive", ["guards": "\(guards)"])
        case .serverSilent:
            metrics?.count(.serverSilences, by: 1)
            log?.log(.warning, "the server is silent; another is tried", [:])
        }
    }
}
