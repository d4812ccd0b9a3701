/// A lock by its name, wherever it is: in this process or in a cluster. Programs are written against
/// this; what it is, a `LockRegistry` is told by configuration.
public protocol Lock: Sendable {
    /// Its name.
    var name: String { get }

    /// Where it is.
    var kind: LockKind { get }

    /// What was done with it in this process.
    var metrics: LockMetrics { get }

    /// Whether anybody holds it now. To act on it, take it.
    var isLocked: Bool { get async throws }

    /// Takes it, or throws `TimedOut`.
    ///
    /// - Parameters:
    ///   - timeout: how long its turn is waited for; zero tries once.
    ///   - holder: who takes it, for locks that may be entered again; empty is nobody.
    func acquire(timeout: Duration, holder: String) async throws -> any LockHold

    /// Runs `body` while holding it; see the function `withLock`.
    func withHold<Result>(
        timeout: Duration, holder: String, _ body: (any LockHold) async throws -> Result
    ) async throws -> Result
}

/// Where a lock is.
@nonexhaustive
public enum LockKind: String, Hashable, Sendable {
    /// In this process, and nobody else's business.
    case local
    /// On the nodes of a cluster.
    case remote
}

/// A lock that is held.
public protocol LockHold: Sendable {
    /// Larger than the fence of every hold of the lock before.
    var fence: UInt64 { get }

    /// Whether the holder may go on.
    var isHeld: Bool { get }

    /// Throws when the lock is not held any more: `LockLost` when nobody gave it back.
    func check() throws

    /// Gives the lock back; a second call does nothing. Throws `LockLost` when it was lost before.
    func release() async throws
}

extension LockGuard: LockHold {}

/// Runs `body` while holding `lock`, and gives it back on every way out.
///
/// The body runs on the actor of the caller; when the lock is lost it is cancelled, and `LockLost` is
/// thrown once it has ended. Throws `TimedOut` when the lock was not to be had in time.
@discardableResult
public func withLock<Result>(
    _ lock: any Lock, timeout: Duration = .seconds(30), holder: String = "",
    _ body: (any LockHold) async throws -> Result
) async throws -> Result {
    try await lock.withHold(timeout: timeout, holder: holder, body)
}

/// What was done with one lock in this process.
public struct LockMetrics: Hashable, Sendable {
    /// How often it was taken.
    public var acquired = 0
    /// How often it was waited for in vain.
    public var timedOut = 0
    /// How often it was given back.
    public var released = 0
    /// How often it was lost.
    public var lost = 0
    /// How long it was waited for, in sum.
    public var waited = Duration.zero

    /// Nothing.
    public init() {}
}
