/// A grant as it is put back on a node that lost it or never had it.
package struct GrantSeed: Hashable, Sendable {
    package var names: [String]
    package var grant: GrantID
    package var holder: String
    package var mode: LockMode
    package var fence: Fence
    /// As in `AcquireStep`, what is left of it.
    package var ttlMilliseconds: UInt64
    package var lockDelayMilliseconds: UInt64
    package var sequence: UInt64
    package var value: [UInt8]

    package init(
        names: [String], grant: GrantID, holder: String, mode: LockMode, fence: Fence,
        ttlMilliseconds: UInt64, lockDelayMilliseconds: UInt64 = 0, sequence: UInt64 = 0,
        value: [UInt8] = []
    ) {
        self.names = names
        self.grant = grant
        self.holder = holder
        self.mode = mode
        self.fence = fence
        self.ttlMilliseconds = ttlMilliseconds
        self.lockDelayMilliseconds = lockDelayMilliseconds
        self.sequence = sequence
        self.value = value
    }
}
