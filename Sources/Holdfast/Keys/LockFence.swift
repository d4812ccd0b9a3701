internal import HoldfastWire

/// Lets something be done to a key only for the holder of a lock.
///
/// A key remembers the largest fence by which it was guarded: once the lock's next holder has done something
/// to it under its guard, the holder before can do nothing to it any more, however late its requests come.
///
/// ```swift
/// try await client.withLock("report") { held in
///     try await client.store.put("report/state", "begun", guardedBy: LockFence(held))
/// }
/// ```
public struct LockFence: Hashable, Sendable {
    /// The lock, without the client's namespace.
    public var lock: String
    /// The fence of the grant that holds it, exclusively.
    public var fence: UInt64

    /// The guard of a lock that is known by its fence.
    public init(lock: String, fence: UInt64) {
        self.lock = lock
        self.fence = fence
    }

    /// The guard of a lock that is held; of several, the first.
    public init(_ held: LockGuard) {
        self.init(lock: held.name, fence: held.fence)
    }

    func message(_ client: HoldfastClient) -> KeyGuard {
        KeyGuard(lock: client.desk.wireName(lock), fence: fence)
    }
}

/// The lock of a guard is held by another by now, or by nobody, and nothing was changed.
public struct StaleGuard: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which key.
    public let key: String
    /// The guard that was given.
    public let guarding: LockFence
    /// Under which fence the lock is held, or was last when it guarded the key; `nil` where nobody holds it.
    public let holder: UInt64?

    /// A guard that counts no more.
    public init(key: String, guarding: LockFence, holder: UInt64?) {
        self.key = key
        self.guarding = guarding
        self.holder = holder
    }

    /// For people.
    public var description: String {
        let now = holder.map { "it was given to fence \($0) since" } ?? "nobody holds it"
        return
            "\(key) is guarded by \(guarding.lock), not held under fence \(guarding.fence): \(now)"
    }
}
