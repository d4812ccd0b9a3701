/// What must be true of every history.
package enum HistoryInvariant: String, CaseIterable, Hashable, Sendable {
    /// Conflicting grants are not held at the same time, as far as their strength promises.
    case exclusion
    /// Fences rise from grant to grant.
    case fenceOrder
    /// What was released is free, and nothing else is.
    case release
    /// When all is well again, every lock can be had.
    case liveness
    /// When everybody is gone, nothing is left.
    case leaks
    /// A resource that checks fences loses no update.
    case fencedResource
    /// What a leader said and was told that it is so is what others read, or something newer.
    case elections
    /// A watcher is told the last state of every lock, and newer states behind older ones.
    case watches
    /// What callers are told of a key can have happened in one order.
    case keys
}
