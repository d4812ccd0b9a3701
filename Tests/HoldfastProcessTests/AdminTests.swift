import Holdfast
import Testing

@Suite struct AdminTests {
    @Test func everyCallTellsTheTruth() async throws {
        try await withDaemon { daemon in
            try await daemon.client(as: "admin") { client in
                let info = try await client.admin.getServerInfo(GetServerInfoRequest())
                #expect(info.processId == UInt64(daemon.child.pid))
                #expect(info.state == .serving && info.clusterId == "holdfast")
                #expect(info.callerIdentity == "holdfast://dev/admin")
                #expect(info.certificateIdentity == "localhost")
                #expect(info.logLevel == "info" && info.loops == 1 && info.connections == 1)
                #expect(info.residentBytes > 1 << 20 && info.policySha256.isEmpty)
                #expect(info.certificateNotAfterUnixMs > info.startedAtUnixMs)
                let limits = try await client.admin.listLimits(ListLimitsRequest()).limits
                #expect(limits.count > 20)
                #expect(limits.first { $0.name == "limits.request_bytes" }?.value == 65_536)
                let reload = try await client.admin.reload(ReloadRequest()).outcomes
                #expect(
                    reload == [
                        "certificates: unchanged", "settings: unchanged", "policy: unchanged",
                    ])
            }
        }
    }

    @Test func connectionsComeInPages() async throws {
        try await withDaemon { daemon in
            try await daemon.client(as: "admin") { admin in
                try await daemon.client { one in
                    _ = try await one.echo.echo(EchoRequest(payload: [1]))
                    try await daemon.client { two in
                        _ = try await two.echo.echo(EchoRequest(payload: [1]))
                        try await pages(admin)
                    }
                }
            }
        }
    }

    private func pages(_ admin: HoldfastClient) async throws {
        var seen: [ConnectionInfo] = []
        var token: [UInt8] = []
        repeat {
            let page = try await admin.admin.listConnections(
                ListConnectionsRequest(pageSize: 1, pageToken: token))
            #expect(page.connections.count == 1)
            seen += page.connections
            token = page.nextPageToken
        } while !token.isEmpty && seen.count < 10
        #expect(Set(seen.map(\.id)).count == 3 && seen.count == 3)
        let clients = seen.filter { $0.identity == "holdfast://dev/client" }
        #expect(clients.count == 2 && clients.allSatisfy { $0.callsTotal == 1 })
        #expect(seen.allSatisfy { $0.state == "open" && $0.bytesIn > 0 && $0.agent != "" })
        let options = CallOptions(retries: false)
        let error = await #expect(throws: RPCError.self) {
            try await admin.admin.listConnections(
                ListConnectionsRequest(pageToken: [1, 2]), options: options)
        }
        #expect(error?.code == .invalidArgument)
    }

    @Test func openCallsAreListed() async throws {
        try await withDaemon { daemon in
            try await daemon.client(as: "admin") { admin in
                let options = CallOptions(timeout: .seconds(580), retries: false)
                let slow = Task {
                    try await admin.echo.echo(
                        EchoRequest(payload: [1], delayMs: 580_000), options: options)
                }
                let watch = Task {
                    for try await _ in admin.health.watch(HealthServiceWatchRequest()) {}
                }
                let streams = try await eventually("both calls are listed") {
                    let all = try await admin.admin.listStreams(ListStreamsRequest()).streams
                    return all.count == 3 ? all : nil
                }
                #expect(streams.map(\.parked).filter { $0 }.count == 1)
                let echo = streams.first { $0.method == "holdfast.v1.EchoService/Echo" }
                #expect((echo?.remainingMs ?? 0) > 1000 && echo?.parked == false)
                let other = try await admin.admin.listStreams(
                    ListStreamsRequest(connectionId: 99_999))
                #expect(other.streams.isEmpty && !other.truncated)
                let cut = try await admin.admin.listStreams(ListStreamsRequest(pageSize: 1))
                #expect(cut.streams.count == 1 && cut.truncated)
                slow.cancel()
                watch.cancel()
                _ = await (slow.result, watch.result)
            }
        }
    }

    @Test func theLogLevelStaysUntilARestart() async throws {
        try await withDaemon { daemon in
            try await daemon.client(as: "admin") { admin in
                let options = CallOptions(retries: false)
                let error = await #expect(throws: RPCError.self) {
                    try await admin.admin.setLogLevel(
                        SetLogLevelRequest(level: "loud"), options: options)
                }
                #expect(error?.code == .invalidArgument)
                let answer = try await admin.admin.setLogLevel(SetLogLevelRequest(level: "debug"))
                #expect(answer.previousLevel == "info")
                try await daemon.client { _ = try await $0.echo.echo(EchoRequest(payload: [1])) }
                #expect(try await daemon.logged("connection ended")["level"] == "debug")
                // A reload of settings that did not touch the level leaves the operator's.
                _ = try await admin.admin.reload(ReloadRequest())
                let info = try await admin.admin.getServerInfo(GetServerInfoRequest())
                #expect(info.logLevel == "debug")
            }
        }
    }
}
