internal import Holdfast
internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastWire

/// One connection to a server and the commands that are carried out over it.
struct ControlSession: Sendable {
    /// The most the server gives at a time.
    private static let pageSize: UInt32 = 1000
    /// A server has far fewer connections than this many pages hold; one that never ends its list
    /// is broken.
    static let pagesMax = 10_000

    let settings: ControlSettings
    let console: Console
    let files: FileAccess
    let screen: Screen?
    /// Who runs this, for others to see.
    let caption: String
    let client: HoldfastClient
    /// Somebody waits at the terminal: a server that is not there is news, not a reason to wait.
    let options = CallOptions(waitForReady: false)

    init(
        _ settings: ControlSettings, _ console: Console, _ files: FileAccess, _ screen: Screen?,
        caption: String
    ) throws(RPCError) {
        self.settings = settings
        self.console = console
        self.files = files
        self.screen = screen
        self.caption = caption
        client = try HoldfastClient(settings.channel)
    }

    func close() { client.close() }

    /// Carries out a command, and says what is waited for when that takes long.
    func run(_ command: ControlCommand) async throws -> ExitStatus {
        switch command {
        // These show what happens while it does.
        case .ping, .watch, .top, .lock(.watch), .elect(.observe), .session(.events), .kv(.watch),
            .health(service: _, isWatched: true), .call:
            return try await perform(command)
        default:
            return try await withProgress(console, "waiting for \(servers)") {
                try await perform(command)
            }
        }
    }

    private var servers: String {
        settings.endpoints.map(\.description).joined(separator: ", ")
    }

    private func perform(_ command: ControlCommand) async throws -> ExitStatus {
        switch command {
        case .ping(let plan): return try await ping(plan)
        case .status: return try await status()
        case .connections: return try await connections()
        case .streams(let connection): return try await streams(connection)
        case .statistics:
            let response = try await client.admin.getStatistics(.init(), options: options)
            return try show(StatisticsAnswer.make(response))
        case .limits:
            let response = try await client.admin.listLimits(.init(), options: options)
            return try show(LimitsAnswer.make(response.limits))
        case .drain(let grace, let reason):
            let request = DrainRequest(graceMs: grace, reason: reason)
            return try show(
                ChangeAnswer.make(try await client.admin.drain(request, options: options)))
        case .reload:
            let response = try await client.admin.reload(.init(), options: options)
            return try show(ChangeAnswer.make(response), ChangeAnswer.exitStatus(response))
        case .logLevel(let level):
            let request = SetLogLevelRequest(level: level)
            let response = try await client.admin.setLogLevel(request, options: options)
            return try show(ChangeAnswer.make(response, level: level))
        case .health(let service, let isWatched):
            return isWatched ? try await watch(service) : try await check(service)
        case .version: return try await version()
        case .lock(let command): return try await lock(command)
        case .session(let command): return try await session(command)
        case .elect(let command): return try await elect(command)
        case .kv(let command): return try await kv(command)
        case .nodes(let isCompared): return try await nodes(isCompared)
        case .call(let command): return try await call(command)
        case .watch(let plan): return try await watch(plan)
        case .top(let plan): return try await top(plan)
        // `LocalRunner` does these.
        case .local: return .failure
        case .formCluster:
            let response = try await client.admin.formCluster(.init(), options: options)
            return try show(NodesAnswer.make(response))
        case .advanceClock(let milliseconds):
            let response = try await client.admin.advanceClock(
                AdvanceClockRequest(milliseconds: milliseconds), options: options)
            return try show(NodesAnswer.make(response))
        }
    }

    // MARK: Printing

    @discardableResult
    func show(_ answer: Answer, _ status: ExitStatus = .ok) throws(ReaderGone) -> ExitStatus {
        guard console.print(answer.text(settings.form, console.surface)) else {
            throw ReaderGone()
        }
        return status
    }

    /// The server that answers; before the first answer, those that are asked.
    func endpointText() async -> String {
        let server = await client.channel.currentServer()
        return server?.endpoint.description
            ?? servers
    }

    // MARK: Commands

    private func status() async throws -> ExitStatus {
        // Both at once, on one connection: one round trip.
        async let asked = client.admin.getServerInfo(.init(), options: options)
        let health = try await client.health.check(.init(), options: options)
        let info = try await asked
        return try show(
            StatusAnswer.make(info, health: health.status, endpoint: await endpointText()))
    }

    private func connections() async throws -> ExitStatus {
        var all: [ConnectionInfo] = []
        var request = ListConnectionsRequest(pageSize: Self.pageSize)
        for _ in 0..<Self.pagesMax {
            let page = try await client.admin.listConnections(request, options: options)
            all += page.connections
            if page.nextPageToken.isEmpty { return try show(ConnectionsAnswer.make(all)) }
            request.pageToken = page.nextPageToken
        }
        throw RPCError(.internal, "the server's list of connections does not end")
    }

    private func streams(_ connection: UInt64) async throws -> ExitStatus {
        let request = ListStreamsRequest(connectionId: connection, pageSize: Self.pageSize)
        return try show(
            StreamsAnswer.make(try await client.admin.listStreams(request, options: options)))
    }

    private func check(_ service: String) async throws -> ExitStatus {
        let request = HealthServiceCheckRequest(service: service)
        let status = try await client.health.check(request, options: options).status
        return try show(
            HealthAnswer.make(service: service, status), HealthAnswer.exitStatus(status))
    }

    /// Ctrl-C is how a watch ends.
    private func watch(_ service: String) async throws -> ExitStatus {
        let request = HealthServiceWatchRequest(service: service)
        do {
            for try await element in client.health.watch(request, options: options) {
                let time = console.now().secondText
                try show(HealthAnswer.make(service: service, element.status, time: time))
            }
        } catch let error as RPCError where error.code == .cancelled && Task.isCancelled {
            return .ok
        }
        guard !Task.isCancelled else { return .ok }
        throw RPCError(.unavailable, "the server has ended the watch")
    }

    private func version() async throws -> ExitStatus {
        do {
            let info = try await client.admin.getServerInfo(.init(), options: options)
            return try show(
                VersionAnswer.make(server: info.version, endpoint: await endpointText()))
        } catch let error as RPCError {
            try show(VersionAnswer.make(server: nil, endpoint: ""))
            throw error
        }
    }
}
