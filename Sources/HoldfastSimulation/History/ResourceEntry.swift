package import HoldfastBase

/// One line of the log of a resource that checks fences: a read-modify-write of its counter.
package struct ResourceEntry: Hashable, Sendable {
    package var resource: String
    package var client: UInt32
    package var fence: UInt64
    package var at: Instant
    package var isAccepted: Bool
    /// The value that the client had read under the lock.
    package var read: Int64
    /// The value that it wrote, or wanted to write.
    package var written: Int64

    package init(
        resource: String, client: UInt32, fence: UInt64, at: Instant, isAccepted: Bool, read: Int64,
        written: Int64
    ) {
        self.resource = resource
        self.client = client
        self.fence = fence
        self.at = at
        self.isAccepted = isAccepted
        self.read = read
        self.written = written
    }
}
