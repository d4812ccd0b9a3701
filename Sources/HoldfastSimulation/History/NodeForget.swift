package import HoldfastBase

/// A node that lost grants early: wiped, its clock stepped, keys evicted.
package struct NodeForget: Hashable, Sendable {
    /// From 0, in the order of the configuration.
    package var node: Int
    /// It forgot at some time between these two: with a real process one knows only when it was killed
    /// and when it was back.
    package var from: Instant
    package var until: Instant
    /// What it held then, where that is known: nothing else was lost with it.
    package var grants: Set<UInt64>?

    package init(node: Int, from: Instant, until: Instant) {
        self.node = node
        self.from = from
        self.until = until
    }

    /// One that forgot at a known time.
    package init(node: Int, at instant: Instant) {
        self.init(node: node, from: instant, until: instant)
    }
}
