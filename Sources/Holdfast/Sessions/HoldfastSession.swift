internal import HoldfastBase

/// A session of one's own: its grants live and end together, apart from those of the client.
public final class HoldfastSession: LockScope {
    let keeper: SessionKeeper
    let desk: LockDesk

    init(_ keeper: SessionKeeper, _ desk: LockDesk) {
        self.keeper = keeper
        self.desk = desk
    }

    /// Names it, in 16 bytes: what `AcquireRequest.session` of the generated clients takes.
    public var id: [UInt8] { keeper.id.bytes }

    /// How long it lives unless it is kept alive.
    public var ttl: Duration { keeper.kind.ttl.duration }

    /// Whether it lives.
    public var isAlive: Bool { keeper.isAlive }

    /// How long it is counted on unless it is kept alive; zero when it is over.
    public var remaining: Duration {
        guard keeper.isAlive else { return .zero }
        return max(.zero, keeper.deadline - desk.clock.now()).duration
    }

    /// Returns when the session is over, with the reason; `nil` when it was closed, or the task was
    /// cancelled.
    public func ended() async -> LossReason? {
        if case .lost(let reason)? = await keeper.ended.wait() { reason } else { nil }
    }

    /// Ends the session; its grants are free at once.
    public func close() async {
        keeper.close()
        // Not ended by cancellation: what comes after may count on it.
        _ = await Task { [keeper] in await keeper.ended.wait() }.value
    }

    /// Takes locks that live in the session.
    public func acquire(
        _ names: [String], shared: Bool, options: LockOptions
    ) async throws -> LockGuard {
        try await desk.acquire(names, shared, options, in: keeper)
    }

    /// Leads an election as long as the session lives.
    public func campaign(
        _ election: String, value: [UInt8], options: LockOptions
    ) async throws -> LeaderTerm {
        try await desk.campaign(election, value, options, in: keeper)
    }

    /// Runs `body` under locks that live in the session.
    @discardableResult
    public func withLocks<Result>(
        _ names: [String], shared: Bool, options: LockOptions,
        _ body: (LockGuard) async throws -> Result
    ) async throws -> Result {
        try await desk.withLocks(names, shared, options, in: keeper, body)
    }

    /// Runs `body` while leading an election.
    @discardableResult
    public func lead<Result>(
        _ election: String, value: [UInt8], options: LockOptions,
        _ body: (LeaderTerm) async throws -> Result
    ) async throws -> Result {
        try await desk.lead(election, value, options, in: keeper, body)
    }
}
