/// What is wrong with a node at the moment; every switch is off in a healthy one.
package struct RedisFaults: Hashable, Sendable {
    /// The node became a replica of another: it refuses writes.
    package var isReadOnly = false
    /// The node reads its data from disk.
    package var isLoading = false
    /// The node is a replica, has lost its master, and may not serve what it has.
    package var isMasterDown = false
    /// A script of somebody else runs and does not end.
    package var isBusy = false
    /// More memory is used than the node may use, and it may not evict.
    package var isOutOfMemory = false
    /// The disk refuses writes.
    package var isDiskFailing = false
    /// How far the node's wall clock is from what it is handed.
    package var clockOffsetMicroseconds: Int64 = 0

    package init() {}

    /// Whether the node follows another.
    var isReplica: Bool { isReadOnly || isMasterDown }
}
