/// What a metric is to those who read it.
enum MetricKind: String, Sendable {
    /// Only grows.
    case counter
    /// Goes up and down.
    case gauge
    /// Counts observations by size.
    case histogram
}
