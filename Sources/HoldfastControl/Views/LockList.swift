package import HoldfastWire

/// The locks that are held, put together from pages.
package struct LockList: Sendable {
    package private(set) var locks: [LockInfo] = []
    package private(set) var nodes: UInt32 = 0
    /// Nodes that did not answer when some page was read.
    package private(set) var missing: Set<UInt32> = []

    package init() {}

    package mutating func add(_ page: ListLocksResponse) {
        locks += page.locks
        nodes = page.nodes
        missing.formUnion(page.missing)
    }
}
