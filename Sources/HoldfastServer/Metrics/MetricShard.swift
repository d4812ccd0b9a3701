import Synchronization

/// The numbers of one thread.
///
/// A shard is written by **one** thread, the loop that owns it, and read by whoever scrapes. A
/// relaxed load and a relaxed store are then all that an increment needs: no other writer exists to
/// lose an update to, and a reader sees some recent value of each cell. That costs what plain
/// integers cost, about a nanosecond; an atomic addition would cost several, and a shared counter
/// far more.
package final class MetricShard: Sendable {
    /// Cells of a shard. Metrics that are registered beyond share one of them, see
    /// `MetricRegistry`.
    package static let cellsMax = 2048

    private let cells = InlineArray<2048, Atomic<UInt64>> { _ in Atomic(0) }

    init() {}

    /// Adds to a counter.
    @inline(__always)
    package func add(_ cell: MetricCell, _ amount: UInt64 = 1) {
        add(at: cell.index, amount)
    }

    /// Changes a gauge by `amount`, which may be negative. Over all shards the sum is right even
    /// when a thing is counted in by one loop and out by another.
    @inline(__always)
    package func change(_ cell: MetricCell, by amount: Int64) {
        add(at: cell.index, UInt64(bitPattern: amount))
    }

    /// Sets this shard's part of a gauge.
    package func set(_ cell: MetricCell, to value: Int64) {
        cells[cell.index].store(UInt64(bitPattern: value), ordering: .relaxed)
    }

    /// Counts one observation.
    package func observe(_ histogram: MetricHistogram, _ value: UInt64) {
        // Most observations are small and the bounds few: a walk is faster than halving.
        var bucket = 0
        while bucket < histogram.bounds.count, value > histogram.bounds[bucket] { bucket += 1 }
        add(at: histogram.first + bucket, 1)
        add(at: histogram.sumIndex, value)
    }

    @inline(__always)
    private func add(at index: Int, _ amount: UInt64) {
        let value = cells[index].load(ordering: .relaxed)
        cells[index].store(value &+ amount, ordering: .relaxed)
    }

    func read(_ index: Int) -> UInt64 { cells[index].load(ordering: .relaxed) }
}
