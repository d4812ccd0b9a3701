import Synchronization

/// Which metrics exist, and their sum over all shards.
///
/// Metrics are registered by name and labels, usually at the start; registering the same again
/// gives the same handle. Labels must come from a small closed set (methods, codes, nodes), never
/// from callers: each combination is a series for ever. When the cells are used up, new series all
/// go to one overflow cell, shown as `holdfast_metrics_overflow_total`, and nothing else is lost.
package final class MetricRegistry: Sendable {
    private struct State {
        var families: [MetricFamily] = []
        var places: [String: Int] = [:]
        var shards: [MetricShard] = []
        var cellsUsed = 0
    }

    private let state = Mutex(State())
    /// The last cell but one; the last takes the sums of histograms that found no cells.
    private static let overflow = MetricCell(index: MetricShard.cellsMax - 2)

    /// A registry with no metrics.
    package init() {}

    /// A shard for one thread, which alone may write to it. Kept for the life of the process.
    package func makeShard() -> MetricShard {
        let shard = MetricShard()
        state.withLock { $0.shards.append(shard) }
        return shard
    }

    /// A counter. By convention its name ends in `_total`.
    package func counter(
        _ name: String, help: String, labels: KeyValuePairs<String, String> = [:]
    ) -> MetricCell {
        cell(name, help, .counter, labels)
    }

    /// A gauge that shards count up and down.
    package func gauge(
        _ name: String, help: String, labels: KeyValuePairs<String, String> = [:]
    ) -> MetricCell {
        cell(name, help, .gauge, labels)
    }

    /// A gauge, or a counter, whose value is asked for when it is shown; nil hides it. `read` is
    /// called on the thread that scrapes.
    package func value(
        _ name: String, help: String, isCounter: Bool = false,
        labels: KeyValuePairs<String, String> = [:], read: @escaping @Sendable () -> Double?
    ) {
        state.withLock { state in
            _ = Self.register(name, help, isCounter ? .counter : .gauge, labels, &state) { _ in
                .read(read)
            }
        }
    }

    /// A histogram with these bounds, which must rise, in units of which `unitsPerShown` make the
    /// unit that is shown: nanoseconds and 1e9 for a metric in seconds.
    package func histogram(
        _ name: String, help: String, bounds: [UInt64], unitsPerShown: Double = 1e9,
        labels: KeyValuePairs<String, String> = [:]
    ) -> MetricHistogram {
        assert(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds must rise")
        let source = state.withLock { state in
            Self.register(name, help, .histogram, labels, &state) { state in
                let width = MetricHistogram.width(bounds.count)
                guard let first = Self.reserve(width, &state) else { return nil }
                return .histogram(
                    MetricHistogram(first: first, bounds: bounds, unitsPerShown: unitsPerShown))
            }
        }
        if case .histogram(let histogram) = source { return histogram }
        return MetricHistogram(
            first: Self.overflow.index, bounds: [], unitsPerShown: unitsPerShown)
    }

    private func cell(
        _ name: String, _ help: String, _ kind: MetricKind, _ labels: KeyValuePairs<String, String>
    ) -> MetricCell {
        let source = state.withLock { state in
            Self.register(name, help, kind, labels, &state) { state in
                Self.reserve(1, &state).map { .cell(MetricCell(index: $0)) }
            }
        }
        if case .cell(let cell) = source { return cell }
        return Self.overflow
    }

    private static func reserve(_ count: Int, _ state: inout State) -> Int? {
        guard state.cellsUsed + count <= Self.overflow.index else { return nil }
        defer { state.cellsUsed += count }
        return state.cellsUsed
    }

    private static func register(
        _ name: String, _ help: String, _ kind: MetricKind, _ labels: KeyValuePairs<String, String>,
        _ state: inout State, make: (inout State) -> MetricFamily.Source?
    ) -> MetricFamily.Source? {
        assert(MetricText.isName(name) && labels.allSatisfy { MetricText.isName($0.key) })
        let place = state.places[name] ?? state.families.count
        if place == state.families.count {
            state.families.append(MetricFamily(name: name, help: help, kind: kind))
            state.places[name] = place
        }
        let known = state.families[place].series.first { series in
            series.labels.elementsEqual(labels) { $0.name == $1.key && $0.value == $1.value }
        }
        if let known { return known.source }
        // A name with two kinds cannot be shown: its second kind is not counted.
        guard state.families[place].kind == kind, let source = make(&state) else { return nil }
        state.families[place].series.append(
            MetricFamily.Series(
                labels: labels.map { (name: $0.key, value: $0.value) }, source: source))
        return source
    }

    /// All metrics, as Prometheus reads them.
    package func exposition() -> String {
        let (families, shards) = state.withLock { ($0.families, $0.shards) }
        func sum(_ index: Int) -> UInt64 {
            shards.reduce(0) { $0 &+ $1.read(index) }
        }
        var text = MetricText()
        for family in families where !family.series.isEmpty {
            text.begin(family)
            for series in family.series {
                switch series.source {
                case .cell(let cell):
                    let value = sum(cell.index)
                    let shown =
                        family.kind == .gauge ? String(Int64(bitPattern: value)) : String(value)
                    text.sample(family.name, series.labels, shown)
                case .read(let read):
                    if let value = read() {
                        text.sample(family.name, series.labels, MetricText.number(value))
                    }
                case .histogram(let histogram):
                    let counts = (0...histogram.bounds.count).map { sum(histogram.first + $0) }
                    text.histogram(
                        family.name, series.labels, histogram, counts, sum(histogram.sumIndex))
                }
            }
        }
        let lost = sum(Self.overflow.index)
        if lost > 0 {
            text.begin(
                MetricFamily(
                    name: "holdfast_metrics_overflow_total",
                    help: "Increments of metrics for which no cell was left.", kind: .counter))
            text.sample("holdfast_metrics_overflow_total", [], String(lost))
        }
        return text.text
    }
}
