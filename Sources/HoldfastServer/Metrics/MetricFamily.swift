/// All series of one name.
struct MetricFamily: Sendable {
    enum Source: Sendable {
        case cell(MetricCell)
        case histogram(MetricHistogram)
        case read(@Sendable () -> Double?)
    }

    struct Series: Sendable {
        let labels: [(name: String, value: String)]
        let source: Source
    }

    let name: String
    let help: String
    let kind: MetricKind
    var series: [Series] = []
}
