import Holdfast
import Testing

@Suite struct PolicyTests {
    static let start = """
        role caller { allow echo.call on * }
        role operator { allow admin.* health.read on *; deny admin.drain on * }
        bind holdfast://dev/client -> caller
        bind holdfast://dev/admin -> operator
        """
    private let once = CallOptions(timeout: .seconds(120), retries: false)

    private func code(_ call: () async throws -> Void) async -> RPCCode {
        do {
            try await call()
            return .ok
        } catch {
            return (error as? RPCError)?.code ?? .unknown
        }
    }

    private func echo(_ client: HoldfastClient) async -> RPCCode {
        await code { _ = try await client.echo.echo(EchoRequest(payload: [1]), options: once) }
    }

    private func withPolicy(
        _ body: (Daemon, HoldfastClient, HoldfastClient) async throws -> Void
    ) async throws {
        let folder = try Folder()
        let file = try folder.write("policy", Self.start)
        try await withDaemon(["--policy-file", file], folder: folder) { daemon in
            try await daemon.client { client in
                try await daemon.client(as: "admin") { admin in
                    try await body(daemon, client, admin)
                }
            }
        }
    }

    @Test func defaultDenyAllowAndDenyWins() async throws {
        try await withPolicy { daemon, client, admin in
            #expect(await echo(client) == .ok)
            #expect(await echo(admin) == .permissionDenied)
            let denied = await #expect(throws: RPCError.self) {
                try await client.admin.getServerInfo(GetServerInfoRequest(), options: once)
            }
            #expect(denied?.code == .permissionDenied)
            #expect(denied?.message.contains("admin.inspect") == true)
            _ = try await admin.admin.getServerInfo(GetServerInfoRequest())
            let drain = await code {
                _ = try await admin.admin.drain(DrainRequest(), options: once)
            }
            #expect(drain == .permissionDenied)
            let stream = await code {
                for try await _ in admin.echo.echoStream(EchoStreamRequest(count: 1)) {}
            }
            #expect(stream == .permissionDenied)
            #expect(daemon.child.poll() == nil)
        }
    }

    @Test func refusalsAndAdminCallsAreAudited() async throws {
        try await withPolicy { daemon, client, admin in
            #expect(await echo(admin) == .permissionDenied)
            let line = try await daemon.logged("call refused")
            #expect(line["audit"] == "1" || line["audit"] == "true")
            #expect(line["principal"] == "holdfast://dev/admin")
            #expect(line["method"] == "holdfast.v1.EchoService/Echo")
            #expect(line["decision"] == "denied" && line["verb"] == "echo.call")
            #expect(line["rule_line"] == "default" && !line["request_id"].isEmpty)
            #expect(line["peer"].hasPrefix("127.0.0.1:"))
            #expect(try await daemon.metric("holdfast_policy_denials_total") == 1)
            _ = await code {
                _ = try await admin.admin.drain(DrainRequest(), options: once)
            }
            let drain = try await daemon.logged("call refused", count: 2)
            #expect(drain["method"] == "holdfast.v1.AdminService/Drain")
            #expect(drain["rule_line"] == "2")
            _ = try await admin.admin.setLogLevel(SetLogLevelRequest(level: "error"))
            let allowed = try await daemon.logged("admin call")
            #expect(allowed["principal"] == "holdfast://dev/admin")
            #expect(allowed["method"] == "holdfast.v1.AdminService/SetLogLevel")
            // The audit is not a matter of the level.
            _ = try await admin.admin.reload(ReloadRequest())
            try await daemon.logged("admin call", count: 2)
            _ = await code {
                _ = try await client.admin.reload(ReloadRequest(), options: once)
            }
            try await daemon.logged("call refused", count: 3)
            #expect(try await daemon.metric("holdfast_policy_denials_total") == 3)
            let labels = "method=\"holdfast.v1.EchoService/Echo\",code=\"PERMISSION_DENIED\""
            #expect(try await daemon.metric("holdfast_rpc_server_calls_total{\(labels)}") == 1)
        }
    }

    @Test func aReloadIsInForceOnOpenConnections() async throws {
        try await withPolicy { daemon, client, admin in
            #expect(await echo(client) == .ok)
            let before = try await admin.admin.getServerInfo(GetServerInfoRequest()).policySha256
            try daemon.folder.write(
                "policy", Self.start.replacing("client -> caller", with: "nobody -> caller"))
            let outcomes = try await admin.admin.reload(ReloadRequest()).outcomes
            #expect(outcomes.contains("policy: replaced"), "\(outcomes)")
            #expect(await echo(client) == .permissionDenied)
            let after = try await admin.admin.getServerInfo(GetServerInfoRequest()).policySha256
            #expect(before != after && after.count == 32)
            try daemon.folder.write("policy", "role caller { allow echo.coll on * }\n")
            let kept = try await admin.admin.reload(ReloadRequest()).outcomes
            #expect(kept.contains { $0.hasPrefix("policy: kept: ") && $0.contains("echo.coll") })
            let line = try await daemon.logged(
                "the policy was not replaced; the one in force stays")
            #expect(line["error"].contains("policy:1"))
            #expect(await echo(client) == .permissionDenied)
            try daemon.folder.write("policy", Self.start)
            let back = try await admin.admin.reload(ReloadRequest()).outcomes
            #expect(back.contains("policy: replaced"))
            #expect(await echo(client) == .ok)
        }
    }

    @Test func aPermissionThatIsTakenAwayEndsOpenStreams() async throws {
        try await withPolicy { daemon, client, admin in
            var stream = client.echo.echoStream(
                EchoStreamRequest(payload: [1], count: .max, intervalMs: 20)
            ).makeAsyncIterator()
            #expect(try await stream.next() != nil)
            try daemon.folder.write(
                "policy", Self.start.replacing("client -> caller", with: "nobody -> caller"))
            _ = try await admin.admin.reload(ReloadRequest())
            let ended = await code {
                while try await stream.next() != nil {}
            }
            #expect(ended == .permissionDenied)
            try await daemon.logged("call refused", count: 1)
        }
    }

    @Test func aBrokenPolicyDoesNotServe() async throws {
        let folder = try Folder()
        let file = try folder.write("policy", "role a { allow nothing on * }\nbind x\n")
        let run = try await Command(
            "--policy-file", file, "--listen", "127.0.0.1:0", "--ops-listen", "off", folder: folder)
        #expect(run.exit == .code(1) && run.errors.contains("policy:1:"))
        #expect(run.errors.contains("policy:2:"), "all mistakes at once")
    }

    @Test func policyCommands() async throws {
        let folder = try Folder()
        let file = try folder.write("policy", Self.start)
        let check = try await Command("policy", "check", file)
        #expect(check.exit == .code(0) && check.output.contains("valid"))
        let yes = try await Command(
            "policy", "explain", file, "holdfast://dev/client", "echo.call")
        #expect(yes.exit == .code(0) && yes.output.contains("1"))
        let no = try await Command(
            "policy", "explain", file, "holdfast://dev/admin", "admin.drain")
        #expect(no.exit == .code(6))
        let wrong = try await Command(
            "policy", "explain", file, "holdfast://dev/admin", "admin.dran")
        #expect(wrong.exit == .code(2) && wrong.errors.contains("did you mean \"admin.drain\"?"))
        let missing = try await Command("policy", "check", "nowhere")
        #expect(missing.exit == .code(2) && missing.isReadable)
        #expect(missing.errors.contains("nowhere"))
    }
}
