internal import Synchronization

/// The locks of a program by their names: the same name is the same lock.
///
/// A program asks for its locks here and is told by configuration where they are:
///
/// ```swift
/// let locks = LockRegistry(isTest ? .local() : .remote(client))
/// try await withLock(locks.lock("orders/42"), timeout: .seconds(5)) { lock in
///     try await ship(order, fence: lock.fence)
/// }
/// ```
public final class LockRegistry: Sendable {
    /// Where a lock is made.
    public enum Source: Sendable {
        /// In this process.
        case local(ttl: Duration? = nil, isReentrant: Bool = false)
        /// In a cluster.
        case remote(HoldfastClient, LockOptions = LockOptions())
    }

    /// One for the whole program; its locks are local unless one is made otherwise.
    public static let shared = LockRegistry()

    private let source: Source
    private let locks = Mutex<[String: any Lock]>([:])

    /// A registry whose locks are made so unless it is said otherwise.
    public init(_ source: Source = .local()) { self.source = source }

    /// The lock of that name; made where there is none.
    public func lock(_ name: String) throws -> any Lock { try getOrCreate(name, source) }

    /// The lock of that name; made from `source` where there is none. One that is there stays as it is.
    public func getOrCreate(_ name: String, _ source: Source) throws -> any Lock {
        try locks.withLock { locks in
            if let found = locks[name] { return found }
            return try Self.insert(name, source, &locks)
        }
    }

    /// Makes the lock of that name; a `HoldfastError` with code state where there is one.
    @discardableResult
    public func create(_ name: String, _ source: Source) throws -> any Lock {
        try locks.withLock { locks in
            guard locks[name] == nil else {
                throw HoldfastError.state("the registry has a lock of this name already")
            }
            return try Self.insert(name, source, &locks)
        }
    }

    /// The lock of that name; a `HoldfastError` with code notFound where there is none.
    public func get(_ name: String) throws -> any Lock {
        guard let lock = locks.withLock({ $0[name] }) else {
            throw HoldfastError.notFound("the registry has no lock of this name")
        }
        return lock
    }

    /// Forgets the lock of that name; who holds it goes on holding it.
    public func remove(_ name: String) {
        _ = locks.withLock { $0.removeValue(forKey: name) }
    }

    /// All names, and where their locks are.
    public func list() -> [String: LockKind] {
        locks.withLock { $0.mapValues(\.kind) }
    }

    /// What was done with each lock.
    public func metrics() -> [String: LockMetrics] {
        locks.withLock { $0 }.mapValues(\.metrics)
    }

    private static func insert(
        _ name: String, _ source: Source, _ locks: inout [String: any Lock]
    ) throws -> any Lock {
        guard locks.count < ClientLimits.registryLocksMax else {
            throw HoldfastError(
                .exhausted, "a registry has at most \(ClientLimits.registryLocksMax) locks")
        }
        let lock: any Lock
        switch source {
        case .local(let ttl, let isReentrant):
            lock = LocalLock(name, ttl: ttl, isReentrant: isReentrant)
        case .remote(let client, let options): lock = RemoteLock(name, client, options: options)
        }
        locks[name] = lock
        return lock
    }
}
