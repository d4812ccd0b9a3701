import HoldfastBase
import HoldfastControl
import HoldfastRPC
import HoldfastSettings
import HoldfastWire
import Testing

@Suite struct CommandLineTests {
    private func parsed(_ arguments: [String]) throws -> ParsedArguments {
        guard case .run(let parsed) = try ArgumentParser(ControlArguments.root).parse(arguments)
        else { throw ArgumentError("asks for help") }
        return parsed
    }

    private func settings(
        _ arguments: String..., environment: KeyValuePairs<String, String> = [:],
        files: Set<String> = []
    ) throws -> ControlSettings {
        try ControlSettings(
            parsed(arguments + ["status"]),
            environment: environment.map { (name: $0.key, value: $0.value) },
            exists: { files.contains($0) })
    }

    private static let development: Set<String> = [
        "holdfast-data/dev-ca/ca.pem", "holdfast-data/dev-ca/admin.pem",
        "holdfast-data/dev-ca/admin-key.pem",
    ]

    /// A command's option by the name of one for all commands would take its place in silence.
    @Test func noOptionHidesAnother() {
        func check(_ command: ArgumentCommand, _ above: [ArgumentOption], _ path: String) {
            for (place, option) in command.options.enumerated() {
                for other in above + command.options[..<place] {
                    let isSame =
                        option.name == other.name
                        || option.short != nil && option.short == other.short
                    #expect(!isSame, "\(path): --\(option.name) and --\(other.name)")
                }
            }
            for sub in command.subcommands {
                let inherited = sub.standsAlone ? [] : above + command.options
                check(sub, inherited, "\(path) \(sub.name)")
            }
        }
        check(ControlArguments.root, [], "holdfastctl")
    }

    @Test func keysAreWatchedByPrefixOrByName() throws {
        func command(_ words: String...) throws -> KeyCommand? {
            guard case .kv(let command) = try ControlCommand(parsed(["kv"] + words)) else {
                return nil
            }
            return command
        }
        #expect(
            try command("watch", "p/", "--changes")
                == .watch(
                    WatchKeysRequest(prefix: "p/", changesOnly: true), isInitialOnly: false))
        #expect(
            try command("watch", "-n", "a", "--name", "b", "--initial")
                == .watch(WatchKeysRequest(keys: ["a", "b"]), isInitialOnly: true))
        #expect(throws: ArgumentError.self) { try command("watch", "p/", "-n", "a") }
        #expect(throws: ArgumentError.self) { try command("watch", "-n", "a", "--changes") }
        let guarded = GetKeyRequest(key: "k", guard: KeyGuard(lock: "l", fence: 7))
        #expect(
            try command("get", "k", "--lock", "l", "--fence", "7")
                == .get(guarded, isRaw: false))
        #expect(throws: ArgumentError.self) { try command("get", "k", "--lock", "l") }
        #expect(throws: ArgumentError.self) { try command("delete", "k", "--fence", "7") }
        let within = try ControlCommand(parsed(["kv", "get", "k", "--lock", "l", "--fence", "7"]))
            .within("mine")
        #expect(
            within
                == .kv(
                    .get(
                        GetKeyRequest(key: "mine/k", guard: KeyGuard(lock: "mine/l", fence: 7)),
                        isRaw: false)))
    }

    @Test func developmentCertificatesAreFound() throws {
        let found = try settings(files: Self.development)
        #expect(found.credentials.authority == "holdfast-data/dev-ca/ca.pem")
        #expect(found.credentials.key == "holdfast-data/dev-ca/admin-key.pem")
        #expect(found.endpoints.map(\.description) == ["127.0.0.1:7420"])
        #expect(found.notes.count == 1)
        #expect(found.form == .table && found.timeout == .seconds(10))
    }

    @Test func withoutCertificatesTheErrorSaysWhatToPass() {
        let error = #expect(throws: ArgumentError.self) {
            try settings("--data-dir", "there", files: Self.development)
        }
        let text = error?.description ?? ""
        for part in ["there/dev-ca/ca.pem", "--ca", "--cert", "--key", "HOLDFAST_CA"] {
            #expect(text.contains(part), "\(text)")
        }
    }

    @Test func aNamespaceIsPutInFrontOfNames() throws {
        func command(_ words: String...) throws -> ControlCommand {
            let parsed = try parsed(["--namespace", "acme"] + words)
            let settings = try ControlSettings(parsed, environment: []) { _ in true }
            return try ControlCommand(parsed).within(settings.namespace)
        }
        let id = String(repeating: "ab", count: 16)
        guard case .lock(.try(let request, _)) = try command("lock", "try", "a", "b/c"),
            case .lock(.run(let run)) = try command("lock", "run", "a", "--", "true"),
            case .lock(.list(let prefix)) = try command("lock", "ls"),
            case .lock(.queue(let queue)) = try command("lock", "queue", "a"),
            case .elect(.resign(let resigned)) = try command("elect", "resign", "e", "--lead", id),
            case .watch(let names) = try command("watch", "--name", "a"),
            case .watch(let all) = try command("watch"),
            case .top(let top) = try command("top", "--prefix", "p")
        else { throw ArgumentError("another command") }
        #expect(request.names == ["acme/a", "acme/b/c"] && run.wish.names == ["acme/a"])
        #expect(prefix == "acme/" && queue.name == "acme/a" && resigned.election == "acme/e")
        #expect(names.request.names == ["acme/a"] && names.request.prefix.isEmpty)
        #expect(all.request.prefix == "acme/" && top.prefix == "acme/p")
        #expect(throws: ArgumentError.self) {
            try settings("--namespace", "acme/", files: Self.development)
        }
    }

    @Test func theCommandLineWinsOverTheEnvironment() throws {
        let found = try settings(
            "--ca", "a", "--timeout", "500ms", "-e", "x:1", "-e", "[::1]:2",
            environment: [
                "HOLDFAST_CA": "b", "HOLDFAST_CERT": "c", "HOLDFAST_KEY": "d",
                "HOLDFAST_ENDPOINTS": "z:1", "HOLDFAST_TIMEOUT": "2s", "HOLDFAST_OUTPUT": "json",
                "HOLDFAST_SERVER_NAME": "n",
            ])
        #expect(found.credentials.authority == "a" && found.credentials.certificate == "c")
        #expect(found.timeout == .milliseconds(500) && found.form == .json)
        #expect(found.endpoints.map(\.description) == ["x:1", "[::1]:2"])
        #expect(found.serverName == "n" && found.notes.isEmpty)
        let lists = try settings(
            "--ca", "system", environment: ["HOLDFAST_ENDPOINTS": "a:1, b:2", "HOLDFAST_CERT": ""])
        #expect(lists.endpoints.map(\.description) == ["a:1", "b:2"])
        #expect(lists.credentials.authority == nil)
    }

    @Test(arguments: [
        (["--cert", "c"], "needs its private key"), (["--key", "k"], "needs its certificate"),
        (["--endpoint", "x"], "is no HOST:PORT"), (["--endpoint", "x:0"], "is no HOST:PORT"),
        (["--timeout", "5"], "--timeout must be a time"), (["--timeout", "0"], "above 0"),
        (["-o", "yaml"], "--output must be table, json or jsonl"),
    ])
    func mistakesAreExplained(arguments: [String], part: String) {
        let error = #expect(throws: ArgumentError.self) {
            try ControlSettings(parsed(arguments + ["status"]), environment: []) { _ in true }
        }
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }

    @Test func commands() throws {
        #expect(try ControlCommand(parsed(["conns"])) == .connections)
        #expect(try ControlCommand(parsed(["conns", "--streams"])) == .streams(connection: 0))
        #expect(
            try ControlCommand(parsed(["conns", "--streams", "--connection", "4"]))
                == .streams(connection: 4))
        #expect(throws: ArgumentError.self) {
            try ControlCommand(parsed(["conns", "--connection", "4"]))
        }
        #expect(
            try ControlCommand(parsed(["drain", "--grace", "1m", "--reason", "r"]))
                == .drain(graceMilliseconds: 60_000, reason: "r"))
        #expect(
            try ControlCommand(parsed(["drain", "--grace", "0"]))
                == .drain(graceMilliseconds: 1, reason: ""))
        #expect(
            try ControlCommand(parsed(["health", "-w", "a.B"]))
                == .health(service: "a.B", isWatched: true))
        var plan = PingPlan()
        plan.count = 0
        plan.interval = .milliseconds(20)
        #expect(try ControlCommand(parsed(["ping", "-n", "0", "-i", "20ms"])) == .ping(plan))
        #expect(throws: ArgumentError.self) { try ControlCommand(parsed(["ping", "-n", "x"])) }
        #expect(throws: ArgumentError.self) { try ControlCommand(parsed(["ping", "-s", "61441"])) }
        #expect(throws: ArgumentError.self) { try parsed(["log-level"]) }
    }

    @Test func everyHelpIsNarrowAndEndsWithTheExitStatus() throws {
        let parser = ArgumentParser(ControlArguments.root)
        for command in [[]] + ControlArguments.root.subcommands.map({ [$0.name] }) {
            guard case .help(let text) = try parser.parse(command + ["--help"]) else {
                Issue.record("no help for \(command)")
                continue
            }
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(command)")
            #expect(text.hasSuffix(ExitStatus.table + "\n"))
        }
    }

    @Test(
        arguments: [
            (RPCCode.invalidArgument, 2), (.deadlineExceeded, 3), (.unavailable, 5),
            (.permissionDenied, 6), (.unauthenticated, 6), (.failedPrecondition, 7), (.aborted, 7),
            (.internal, 1), (.notFound, 1),
        ] as [(RPCCode, Int32)])
    func exitStatusOfErrors(code: RPCCode, status: Int32) {
        #expect(ExitStatus(RPCError(code, "")).rawValue == status)
    }

    @Test func complaintsSayWhatToDo() throws {
        let endpoint = try Endpoint("h:1")
        let error = RPCError(
            .unavailable, "no\u{1B}[2J server", reason: "NOT_CONNECTED", isNotProcessed: true)
        let complaint = Complaint(error, endpoints: [endpoint])
        let text = complaint.text(.table, Paint(isColored: false))
        #expect(
            text.hasPrefix("holdfastctl: UNAVAILABLE (NOT_CONNECTED): no\\u{1b}[2J server\n  Is "))
        let lines: [Substring] = text.split(separator: "\n")
        #expect(lines.dropFirst().allSatisfy { $0.count <= 78 })
        let json = complaint.text(.json, Paint(isColored: true))
        #expect(json.hasPrefix(#"{"error":{"code":"UNAVAILABLE","reason":"NOT_CONNECTED","#))
        #expect(json.contains(#""retry":"immediately""#) && json.hasSuffix("}}\n"))
    }
}
