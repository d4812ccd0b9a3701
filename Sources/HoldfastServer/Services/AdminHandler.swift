package import HoldfastBase
package import HoldfastRPC
internal import HoldfastSystem
package import HoldfastWire

/// What the admin service needs of the server it runs in.
package protocol AdminTarget: AnyObject, Sendable {
    func serverInfo() async -> GetServerInfoResponse
    var limits: Limits { get }
    func connections() async -> [ConnectionDescription]
    func streams(of connection: UInt64?, max: Int) async -> [StreamDescription]
    func beginDrain(reason: String, grace: Interval?) async -> Int
    func reload() async -> [String]
    /// Returns the level before, or `nil` when there is no such level.
    func setLogLevel(_ name: String) -> String?
    /// What decides about locks; `nil` when it has stopped.
    func coordination() async -> CoordinationFacts?
    /// Has the empty nodes become a cluster, if they all answer.
    func formCluster() async
    var hasManualClock: Bool { get }
    /// Lets time pass on a manual clock; the time since the start, or `nil` when it has stopped.
    func advanceClock(by interval: Interval) async -> Interval?
}

/// What operators ask a server.
package struct AdminHandler: AdminServiceHandler {
    private static let pageMax = 1000
    private static let pageDefault = 100
    private static let formPatience = Interval.seconds(5)
    private static let advanceMillisecondsMax: UInt64 = 86_400_000

    private let target: @Sendable () -> (any AdminTarget)?

    /// - Parameter target: the server; asked for each call, because the handler is made before it.
    package init(target: @escaping @Sendable () -> (any AdminTarget)?) {
        self.target = target
    }

    private func server() throws(RPCError) -> any AdminTarget {
        guard let server = target() else {
            throw RPCError(.unavailable, "the server is starting", isNotProcessed: true)
        }
        return server
    }

    package func getServerInfo(
        _ request: GetServerInfoRequest, context: ServerContext
    ) async throws -> GetServerInfoResponse {
        var info = try await server().serverInfo()
        info.callerIdentity = context.peer.identity ?? ""
        return info
    }

    package func listLimits(
        _ request: ListLimitsRequest, context: ServerContext
    ) async throws -> ListLimitsResponse {
        let limits = try server().limits
        return ListLimitsResponse(
            limits: Limits.catalogue.map { entry in
                Limit(
                    name: entry.name, value: entry.amount(in: limits),
                    unit: entry.unit, effect: entry.effect)
            })
    }

    package func listConnections(
        _ request: ListConnectionsRequest, context: ServerContext
    ) async throws -> ListConnectionsResponse {
        let size = Self.pageSize(request.pageSize)
        let after = try Self.position(request.pageToken)
        let all = try await server().connections().filter { $0.peer.connection > after }
        let page = all.prefix(size)
        var response = ListConnectionsResponse(connections: page.map(Self.describe))
        if all.count > size, let last = page.last {
            response.nextPageToken = Self.token(last.peer.connection)
        }
        return response
    }

    package func listStreams(
        _ request: ListStreamsRequest, context: ServerContext
    ) async throws -> ListStreamsResponse {
        let size = Self.pageSize(request.pageSize)
        let connection = request.connectionId == 0 ? nil : request.connectionId
        // One more than fits shows that there are more.
        let all = try await server().streams(of: connection, max: size + 1)
        return ListStreamsResponse(
            streams: all.prefix(size).map(Self.describe), truncated: all.count > size)
    }

    package func drain(
        _ request: DrainRequest, context: ServerContext
    ) async throws -> DrainResponse {
        let reason = request.reason.isEmpty ? "asked by an operator" : request.reason
        let grace: Interval? = request.graceMs == 0 ? nil : .milliseconds(Int64(request.graceMs))
        let count = try await server().beginDrain(reason: reason, grace: grace)
        return DrainResponse(connections: UInt32(clamping: count))
    }

    package func reload(
        _ request: ReloadRequest, context: ServerContext
    ) async throws -> ReloadResponse {
        ReloadResponse(outcomes: try await server().reload())
    }

    package func setLogLevel(
        _ request: SetLogLevelRequest, context: ServerContext
    ) async throws -> SetLogLevelResponse {
        guard let previous = try server().setLogLevel(request.level) else {
            let names = LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
            throw RPCError(
                .invalidArgument, "there is no such log level", reason: "UNKNOWN_LOG_LEVEL",
                violations: [.init(field: "level", description: "must be one of \(names)")])
        }
        return SetLogLevelResponse(previousLevel: previous)
    }

    // MARK: Nodes

    private func facts() async throws -> CoordinationFacts {
        guard let facts = try await server().coordination() else {
            throw RPCError(.unavailable, "the server is stopping", isNotProcessed: true)
        }
        return facts
    }

    package func listNodes(
        _ request: ListNodesRequest, context: ServerContext
    ) async throws -> ListNodesResponse {
        NodeAnswers.list(try await facts())
    }

    package func getStatistics(
        _ request: GetStatisticsRequest, context: ServerContext
    ) async throws -> GetStatisticsResponse {
        let info = try await server().serverInfo()
        return StatisticsAnswers.make(try await facts(), uptimeMilliseconds: info.uptimeMs)
    }

    package func formCluster(
        _ request: FormClusterRequest, context: ServerContext
    ) async throws -> FormClusterResponse {
        if let error = NodeAnswers.cannotForm(try await facts()) { throw error }
        try await server().formCluster()
        let end = Clocks.now() + Self.formPatience
        while Clocks.now() < end {
            let facts = try await facts()
            if facts.voters == facts.nodes.count {
                return FormClusterResponse(voters: UInt32(facts.voters), epoch: facts.epoch)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw RPCError(
            .unavailable, "the nodes did not all join in time; look at them with ListNodes",
            reason: "NODES_SLOW")
    }

    package func advanceClock(
        _ request: AdvanceClockRequest, context: ServerContext
    ) async throws -> AdvanceClockResponse {
        let server = try server()
        guard server.hasManualClock else {
            throw RPCError(
                .failedPrecondition,
                "the clock of this server goes by itself: start it with "
                    + "--manual-clock", reason: "CLOCK_NOT_MANUAL")
        }
        guard request.milliseconds <= Self.advanceMillisecondsMax else {
            throw RPCError(
                .invalidArgument, "milliseconds is more than a day", reason: "INVALID_FIELD",
                violations: [
                    .init(
                        field: "milliseconds",
                        description: "is \(request.milliseconds): at most "
                            + "\(Self.advanceMillisecondsMax)")
                ])
        }
        let interval = Interval.milliseconds(Int64(request.milliseconds))
        guard let now = await server.advanceClock(by: interval) else {
            throw RPCError(.unavailable, "the server is stopping")
        }
        return AdvanceClockResponse(nowMs: UInt64(clamping: now.nanoseconds / 1_000_000))
    }

    // MARK: Pages

    private static func pageSize(_ asked: UInt32) -> Int {
        asked == 0 ? pageDefault : min(Int(asked), pageMax)
    }

    private static func token(_ connection: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: connection >> UInt64(56 - $0 * 8)) }
    }

    private static func position(_ token: [UInt8]) throws(RPCError) -> UInt64 {
        guard token.count == 8 || token.isEmpty else {
            throw RPCError(
                .invalidArgument, "the page token is not one of ours",
                violations: [
                    .init(field: "page_token", description: "must come from the last answer")
                ])
        }
        return token.reduce(0) { $0 << 8 | UInt64($1) }
    }

    // MARK: Descriptions

    private static func milliseconds(_ interval: Interval) -> UInt64 {
        UInt64(clamping: interval.millisecondsRoundedUp)
    }

    private static func describe(_ connection: ConnectionDescription) -> ConnectionInfo {
        ConnectionInfo(
            id: connection.peer.connection, peer: connection.peer.address,
            identity: connection.peer.identity ?? "", agent: connection.peer.agent,
            ageMs: milliseconds(connection.age), idleMs: milliseconds(connection.idle),
            activeStreams: UInt32(clamping: connection.activeStreams),
            parkedStreams: UInt32(clamping: connection.parkedStreams),
            callsTotal: connection.callsTotal, bytesIn: connection.bytesIn,
            bytesOut: connection.bytesOut, bytesQueued: UInt64(clamping: connection.bytesQueued),
            state: connection.state)
    }

    private static func describe(_ stream: StreamDescription) -> StreamInfo {
        StreamInfo(
            connectionId: stream.connection, streamId: stream.stream, method: stream.method,
            ageMs: milliseconds(stream.age), remainingMs: stream.remaining.map(milliseconds) ?? 0,
            parked: stream.isParked, cancelled: stream.isCancelled)
    }
}
