/// A counter or gauge, as a place in every `MetricShard`.
package struct MetricCell: Hashable, Sendable {
    let index: Int
}
