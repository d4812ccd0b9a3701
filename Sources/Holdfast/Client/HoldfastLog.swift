/// Where a client's log goes: a line or two of glue to the log of the program.
///
/// Called from a task of the client's own, never from where renewals run: a slow log loses lines and
/// keeps nothing from being renewed.
public protocol HoldfastLog: Sendable {
    /// Takes one event. Facts hold no names of locks.
    func log(_ level: HoldfastLogLevel, _ message: String, _ facts: [String: String])
}

/// How much an event matters.
@nonexhaustive
public enum HoldfastLogLevel: String, Hashable, Sendable {
    /// The usual course.
    case debug
    /// Somebody may have to look.
    case warning
    /// Something was lost.
    case error
}

/// Where a client's metrics go. Called as `HoldfastLog` is.
public protocol HoldfastMetrics: Sendable {
    /// A counter rises.
    func count(_ metric: HoldfastMetric, by amount: Int)
    /// A length of time was measured.
    func record(_ metric: HoldfastMetric, _ duration: Duration)
}

/// What a client counts and measures; the raw values are names for Prometheus.
@nonexhaustive
public enum HoldfastMetric: String, Hashable, Sendable {
    /// Grants taken.
    case acquired = "holdfast_client_acquired_total"
    /// How long that took, waits included.
    case acquireDuration = "holdfast_client_acquire_seconds"
    /// Grants given back.
    case released = "holdfast_client_released_total"
    /// Grants lost.
    case lost = "holdfast_client_lost_total"
    /// Keep-alives sent.
    case keepAlives = "holdfast_client_keep_alives_total"
    /// Keep-alives that failed.
    case keepAliveFailures = "holdfast_client_keep_alive_failures_total"
    /// Times that a server said nothing for so long that another was tried.
    case serverSilences = "holdfast_client_server_silences_total"
}
