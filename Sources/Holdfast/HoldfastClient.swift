public import HoldfastRPC

/// A client of a Holdfast cluster.
///
/// Use it scoped, by `withHoldfast`, or keep one for the life of a program and run it:
///
/// ```swift
/// let client = try HoldfastClient(configuration)
/// async let running: Void = client.run()   // fits into a service group
/// let answer = try await client.echo.echo(EchoRequest(payload: [1, 2, 3]))
/// ```
public final class HoldfastClient: Sendable {
    /// What the generated clients make their calls by.
    public let channel: RPCChannel

    /// A client that dials at its first call. Reads the certificate files at once: a wrong path is an
    /// INVALID_ARGUMENT here.
    public init(_ configuration: ChannelConfiguration) throws(RPCError) {
        channel = try RPCChannel(configuration)
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

    /// Whether servers answer.
    public var health: HealthServiceClient { HealthServiceClient(channel) }

    /// What operators ask a server.
    public var admin: AdminServiceClient { AdminServiceClient(channel) }

    /// Keeps the connection up until the task is cancelled, then closes it.
    public func run() async throws {
        try await channel.run()
    }

    /// Closes the connections; calls in flight fail with UNAVAILABLE.
    public func close() {
        channel.close()
    }
}

/// Gives `body` a client and closes it behind it, on every way out.
public func withHoldfast<Result>(
    _ configuration: ChannelConfiguration,
    _ body: (HoldfastClient) async throws -> Result
) async throws -> Result {
    let client = try HoldfastClient(configuration)
    defer { client.close() }
    return try await body(client)
}
