internal import HoldfastBase
public import HoldfastCalls
internal import HoldfastRuntime
public import HoldfastWire

/// A client of a Holdfast cluster.
///
/// Use it scoped, by `withHoldfast`, or keep one for the life of a program and run it:
///
/// ```swift
/// let client = try HoldfastClient(configuration)
/// async let _ = client.run()   // fits into a service group
/// try await client.withLock("orders/42") { lock in
///     try await ship(order, fence: lock.fence)
/// }
/// ```
///
/// Guards of the client share a session for each time to live: one call every third of it keeps them all.
public final class HoldfastClient: LockScope {
    /// What the generated clients make their calls by.
    public let channel: RPCChannel
    let desk: LockDesk

    /// A client that dials at its first call. Reads the certificate files at once: a wrong path is an
    /// INVALID_ARGUMENT here.
    public init(
        _ configuration: ChannelConfiguration, options: ClientOptions = ClientOptions()
    ) throws(RPCError) {
        channel = try RPCChannel(configuration)
        desk = LockDesk(channel, options)
    }

    /// Sends back what it gets.
    public var echo: EchoServiceClient { EchoServiceClient(channel) }

    /// Locks, call by call.
    public var locks: LockServiceClient { LockServiceClient(channel) }

    /// Sessions, call by call.
    public var sessions: SessionServiceClient { SessionServiceClient(channel) }

    /// Watches of locks.
    public var watches: WatchServiceClient { WatchServiceClient(channel) }

    /// Elections, call by call.
    public var elections: ElectionServiceClient { ElectionServiceClient(channel) }

    /// Keys with values that every reader sees alike.
    public var store: KeyStore { KeyStore(client: self) }

    /// Keys, call by call.
    public var keys: KeyServiceClient { KeyServiceClient(channel) }

    /// Whether servers answer.
    public var health: HealthServiceClient { HealthServiceClient(channel) }

    /// What operators ask a server.
    public var admin: AdminServiceClient { AdminServiceClient(channel) }

    // MARK: Locks

    /// Takes locks, all or none, without a scope.
    public func acquire(
        _ names: [String], shared: Bool, options: LockOptions
    ) async throws -> LockGuard {
        try await desk.acquire(names, shared, options, in: nil)
    }

    /// Leads an election without a scope.
    public func campaign(
        _ election: String, value: [UInt8], options: LockOptions
    ) async throws -> LeaderTerm {
        try await desk.campaign(election, value, options, in: nil)
    }

    /// Runs `body` under locks.
    @discardableResult
    public func withLocks<Result>(
        _ names: [String], shared: Bool, options: LockOptions,
        _ body: (LockGuard) async throws -> Result
    ) async throws -> Result {
        try await desk.withLocks(names, shared, options, in: nil, body)
    }

    /// Runs `body` while leading an election.
    @discardableResult
    public func lead<Result>(
        _ election: String, value: [UInt8], options: LockOptions,
        _ body: (LeaderTerm) async throws -> Result
    ) async throws -> Result {
        try await desk.lead(election, value, options, in: nil, body)
    }

    // MARK: Sessions

    /// Opens a session of one's own; it is kept alive until it is closed.
    public func openSession(
        ttl: Duration = .seconds(30), renewInterval: Duration? = nil
    ) async throws -> HoldfastSession {
        try await desk.openSession(ttl: ttl, interval: renewInterval)
    }

    /// Gives `body` a session of its own, and closes it on every way out: its grants are then free.
    @discardableResult
    public func withSession<Result>(
        ttl: Duration = .seconds(30), renewInterval: Duration? = nil,
        _ body: (HoldfastSession) async throws -> Result
    ) async throws -> Result {
        let session = try await openSession(ttl: ttl, renewInterval: renewInterval)
        do {
            let result = try await body(session)
            await session.close()
            return result
        } catch {
            await session.close()
            throw error
        }
    }

    // MARK: Life

    /// Keeps the connection up until the task is cancelled, then closes the client.
    public func run() async throws {
        channel.connect()
        // Comes to its end by cancellation.
        _ = await OneShot<Void>().wait()
        await shutDown()
    }

    /// Ends the client: what is held is given back first, as far as servers answer within two seconds;
    /// guards end as lost. A lease that is not renewed (`autoRenew: false`) is not given back: others get
    /// it when its time to live is over. Cancellation does not end it; after `close` it does nothing.
    public func shutDown() async {
        guard !desk.isAbandoned else { return }
        let keepers = desk.close(isTold: true)
        let isDone = OneShot<Void>()
        let waiting = Task {
            for keeper in keepers { _ = await keeper.ended.wait() }
            await desk.closings.wait()
            isDone.resolve(())
        }
        let limit = Task {
            try? await Task.sleep(for: .seconds(2))
            isDone.resolve(())
        }
        _ = await Task { await isDone.wait() }.value
        waiting.cancel()
        limit.cancel()
        channel.close()
    }

    /// Returns when the timers that are due have acted and their calls are answered, or after a while.
    package func settle(within limit: Duration = .seconds(2)) async {
        guard !desk.isClosed else { return }
        let isDone = OneShot<Void>()
        let settling = Task { [desk] in
            // An answer may be followed by another call.
            for _ in 0..<4 {
                await desk.flights.wait()
                let turn = OneShot<Void>()
                desk.channel.eventLoop.post { _ in turn.resolve(()) }
                _ = await turn.wait()
            }
            isDone.resolve(())
        }
        let timer = Task {
            try? await Task.sleep(for: limit)
            isDone.resolve(())
        }
        _ = await isDone.wait()
        settling.cancel()
        timer.cancel()
    }

    /// Drops everything at once and waits for nothing: connections are closed, calls in flight fail with
    /// UNAVAILABLE, guards end as lost. The servers are told nothing, and others get what was held when
    /// its time to live is over; `shutDown` gives it back.
    public func close() {
        _ = desk.close(isTold: false)
        channel.close()
    }
}

/// Gives `body` a client and shuts it down behind it, on every way out.
public func withHoldfast<Result>(
    _ configuration: ChannelConfiguration, options: ClientOptions = ClientOptions(),
    _ body: (HoldfastClient) async throws -> Result
) async throws -> Result {
    let client = try HoldfastClient(configuration, options: options)
    do {
        let result = try await body(client)
        await client.shutDown()
        return result
    } catch {
        await client.shutDown()
        throw error
    }
}
