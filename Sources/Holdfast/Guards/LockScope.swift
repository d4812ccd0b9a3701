/// Where locks are taken: a client, whose guards share sessions, or a session of one's own.
public protocol LockScope: Sendable {
    /// Takes locks, all or none; see `acquire`.
    func acquire(
        _ names: [String], shared: Bool, options: LockOptions
    ) async throws -> LockGuard

    /// Leads an election; see `lead`.
    func campaign(
        _ election: String, value: [UInt8], options: LockOptions
    ) async throws -> LeaderTerm

    /// Runs `body` under a guard; `withLock` and its like are made of it.
    @discardableResult
    func withLocks<Result>(
        _ names: [String], shared: Bool, options: LockOptions,
        _ body: (LockGuard) async throws -> Result
    ) async throws -> Result

    /// Runs `body` while leading an election.
    @discardableResult
    func lead<Result>(
        _ election: String, value: [UInt8], options: LockOptions,
        _ body: (LeaderTerm) async throws -> Result
    ) async throws -> Result
}

extension LockScope {
    /// Runs `body` while nobody else holds the lock.
    ///
    /// The body runs in a child task, on the actor of the caller. When the lock is lost the child is
    /// cancelled, and `LockLost` is thrown once it has ended. The lock is given back on every way out,
    /// also when the caller is cancelled.
    ///
    /// Throws `TimedOut` when the lock was not to be had within `options.wait`, `NotAcquired` when that
    /// is zero, a `HoldfastError` when it could not be asked for, and what the body throws.
    @discardableResult
    public func withLock<Result>(
        _ name: String, _ options: LockOptions = LockOptions(),
        _ body: (LockGuard) async throws -> Result
    ) async throws -> Result {
        try await withLocks([name], shared: false, options: options, body)
    }

    /// Runs `body` while nobody holds the lock alone.
    @discardableResult
    public func withSharedLock<Result>(
        _ name: String, _ options: LockOptions = LockOptions(),
        _ body: (LockGuard) async throws -> Result
    ) async throws -> Result {
        try await withLocks([name], shared: true, options: options, body)
    }

    /// Runs `body` under up to 64 locks, taken all at once: no deadlock with others that want several.
    @discardableResult
    public func withLocks<Result>(
        _ names: [String], _ options: LockOptions = LockOptions(),
        _ body: (LockGuard) async throws -> Result
    ) async throws -> Result {
        try await withLocks(names, shared: false, options: options, body)
    }

    /// Takes a lock without a scope: it is to be given back by `LockGuard.release`.
    public func acquire(
        _ name: String, _ options: LockOptions = LockOptions()
    ) async throws -> LockGuard {
        try await acquire([name], shared: false, options: options)
    }

    /// Takes a shared lock without a scope.
    public func acquireShared(
        _ name: String, _ options: LockOptions = LockOptions()
    ) async throws -> LockGuard {
        try await acquire([name], shared: true, options: options)
    }

    /// Takes up to 64 locks at once without a scope.
    public func acquireAll(
        _ names: [String], _ options: LockOptions = LockOptions()
    ) async throws -> LockGuard {
        try await acquire(names, shared: false, options: options)
    }

    /// Stands for election as long as `options.wait`, and runs `body` while leading; as `withLock`.
    @discardableResult
    public func lead<Result>(
        _ election: String, value: [UInt8] = [], _ options: LockOptions = LockOptions(),
        _ body: (LeaderTerm) async throws -> Result
    ) async throws -> Result {
        try await lead(election, value: value, options: options, body)
    }
}
