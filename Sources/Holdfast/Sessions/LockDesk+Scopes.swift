internal import HoldfastBase

/// What clients and sessions offer alike.
extension LockDesk {
    private func wish(_ names: [String], _ kind: LockWish.Kind, _ options: LockOptions) -> LockWish
    {
        LockWish(
            names: names, kind: kind, options: options, namespace: self.options.namespace)
    }

    /// A name as the servers know it.
    func wireName(_ name: String) -> String { wish([name], .exclusive, LockOptions()).wireNames[0] }

    func acquire(
        _ names: [String], _ isShared: Bool, _ options: LockOptions, in own: SessionKeeper?
    ) async throws -> LockGuard {
        let core = try await acquire(
            wish(names, isShared ? .shared : .exclusive, options), in: own)
        return LockGuard(core, self)
    }

    func campaign(
        _ election: String, _ value: [UInt8], _ options: LockOptions, in own: SessionKeeper?
    ) async throws -> LeaderTerm {
        let core = try await acquire(wish([election], .election(value: value), options), in: own)
        return LeaderTerm(core, self, value: value)
    }

    func withLocks<Result>(
        _ names: [String], _ isShared: Bool, _ options: LockOptions, in own: SessionKeeper?,
        _ body: (LockGuard) async throws -> Result
    ) async throws -> Result {
        let core = try await acquire(
            wish(names, isShared ? .shared : .exclusive, options), in: own)
        return try await GuardedBody.run(core, self, LockGuard(core, self), body)
    }

    func lead<Result>(
        _ election: String, _ value: [UInt8], _ options: LockOptions, in own: SessionKeeper?,
        _ body: (LeaderTerm) async throws -> Result
    ) async throws -> Result {
        let core = try await acquire(wish([election], .election(value: value), options), in: own)
        return try await GuardedBody.run(core, self, LeaderTerm(core, self, value: value), body)
    }

    /// Opens a session of one's own.
    func openSession(ttl: Duration, interval: Duration?) async throws -> HoldfastSession {
        let options = LockOptions(ttl: ttl, renewInterval: interval)
        if let complaint = options.complaint { throw HoldfastError.configuration(complaint) }
        let kind = SessionKind(ttl: Interval(ttl), interval: options.interval)
        let keeper = try ownKeeper(kind)
        do {
            let end = clock.now() + Interval(self.options.answerPatience)
            if let how = try await keeper.ready(until: end) { throw Self.over(how) }
        } catch {
            keeper.close()
            throw error
        }
        return HoldfastSession(keeper, self)
    }
}
