internal import HoldfastBase
internal import HoldfastWire
internal import Synchronization

/// A lock of a cluster, by its name.
public final class RemoteLock: Lock {
    private let client: HoldfastClient
    private let options: LockOptions
    private let counts = Mutex(LockMetrics())

    /// Its name.
    public let name: String

    /// The lock of that name. Nothing is asked before it is taken.
    ///
    /// - Parameters:
    ///   - name: what it is called, without the client's namespace.
    ///   - client: by whom it is asked for.
    ///   - options: how it is asked for and held; the wait is that of each `acquire`.
    public init(_ name: String, _ client: HoldfastClient, options: LockOptions = LockOptions()) {
        self.name = name
        self.client = client
        self.options = options
    }

    /// On the nodes of a cluster.
    public var kind: LockKind { .remote }

    /// What was done with it in this process.
    public var metrics: LockMetrics { counts.withLock { $0 } }

    /// Whether anybody holds it now, in any process.
    public var isLocked: Bool {
        get async throws {
            do throws(RPCError) {
                let request = GetLockRequest(name: client.desk.wireName(name))
                let lock = try await client.locks.getLock(request).lock
                return lock?.holders.isEmpty == false
            } catch {
                throw HoldfastError(error)
            }
        }
    }

    /// Takes it; see `Lock`.
    public func acquire(timeout: Duration, holder: String) async throws -> any LockHold {
        let clock = client.desk.clock
        let begun = clock.now()
        let lock = try await counting {
            try await client.acquire([name], shared: false, options: asked(timeout, holder))
        }
        counts.withLock { counts in
            counts.acquired += 1
            counts.waited += (clock.now() - begun).duration
        }
        return RemoteHold(lock) { [self] isLost in
            counts.withLock { counts in
                if isLost { counts.lost += 1 } else { counts.released += 1 }
            }
        }
    }

    /// Runs `body` while holding it; see `Lock`.
    public func withHold<Result>(
        timeout: Duration, holder: String, _ body: (any LockHold) async throws -> Result
    ) async throws -> Result {
        let clock = client.desk.clock
        let begun = clock.now()
        let result = try await counting {
            try await client.withLock(name, asked(timeout, holder)) { lock in
                counts.withLock { counts in
                    counts.acquired += 1
                    counts.waited += (clock.now() - begun).duration
                }
                return try await body(lock)
            }
        }
        counts.withLock { $0.released += 1 }
        return result
    }

    private func asked(_ timeout: Duration, _ holder: String) -> LockOptions {
        var options = options
        options.wait = timeout
        options.retryCount = 0
        if !holder.isEmpty { options.holder = holder }
        return options
    }

    /// A refusal of a try is `TimedOut` too, as it is with a local lock.
    private func counting<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let refused as NotAcquired {
            counts.withLock { $0.timedOut += 1 }
            throw TimedOut(waited: .zero, refused.refusal)
        } catch let late as TimedOut {
            counts.withLock { $0.timedOut += 1 }
            throw late
        } catch let lost as LockLost {
            counts.withLock { $0.lost += 1 }
            throw lost
        }
    }
}

/// A guard that is counted when it ends.
private final class RemoteHold: LockHold {
    private let lock: LockGuard
    private let onEnd: @Sendable (_ isLost: Bool) -> Void
    private let isOver = Atomic<Bool>(false)

    init(_ lock: LockGuard, onEnd: @escaping @Sendable (_ isLost: Bool) -> Void) {
        self.lock = lock
        self.onEnd = onEnd
    }

    var fence: UInt64 { lock.fence }
    var isHeld: Bool { lock.isHeld }

    func check() throws { try lock.check() }

    func release() async throws {
        let isFirst = !isOver.exchange(true, ordering: .relaxed)
        do {
            try await lock.release()
            if isFirst { onEnd(false) }
        } catch let lost as LockLost {
            if isFirst { onEnd(true) }
            throw lost
        }
    }
}
