import HoldfastBase
import HoldfastSettings

/// The command line of `holdfast-bench lock`.
enum LockCommand {
    private static let defaultWorkers = "1,16,64,256,64x1"
    private static let defaultCases = "cycles,sessions,async,handoff,renewals,waiters"

    static let spec = ArgumentCommand(
        "lock", summary: "locks on nodes that it starts, beside the bare scripts and echo",
        options: [
            ArgumentOption(
                "nodes", .value("N"),
                help: "Redis nodes: 1, 3, 5, or 0 for the node in memory (default 3)"),
            ArgumentOption("servers", .value("N"), help: "servers, 1 or 2 (default 1)"),
            ArgumentOption(
                "workers", .value("LIST"),
                help: "workers on one connection, or connections x workers (default "
                    + defaultWorkers + ")"),
            ArgumentOption(
                "cases", .value("LIST"),
                help: "of " + defaultCases + " (default: these), turns with two servers, and names"),
            ArgumentOption(
                "peer", .values("[NAME=]COMMAND"),
                help: "what to run beside it, several times; see docs/performance.md"),
            ArgumentOption(
                "seconds", .value("N"), help: "measured seconds of each run (default 0.25)"),
            ArgumentOption("rounds", .value("N"), help: "interleaved rounds (default 3)"),
            ArgumentOption(
                "names", .value("N"),
                help: "how many names the case names takes and gives back (default 10000000); it "
                    + "then waits until the nodes have forgotten them"),
            ArgumentOption(
                "unpinned", help: "do not bind servers and client to one processor each"),
            ArgumentOption("json", help: "print one JSON object a line instead of a table"),
        ])

    static func run(_ parsed: ParsedArguments) async throws {
        let nodes = try BenchCommand.number(parsed, "nodes", 3)
        guard [0, 1, 3, 5].contains(nodes) else {
            throw ArgumentError("--nodes is 0, 1, 3 or 5")
        }
        let servers = try BenchCommand.number(parsed, "servers", 1)
        guard (1...2).contains(servers), nodes > 0 || servers == 1 else {
            throw ArgumentError("--servers is 1 or 2; the node in memory belongs to one server")
        }
        let cases = try (parsed.value("cases") ?? defaultCases + (servers == 2 ? ",turns" : ""))
            .split(separator: ",").map(item)
        guard servers == 2 || !cases.contains(.turns) else {
            throw ArgumentError("turns needs --servers 2")
        }
        try await LockBench(
            nodes: nodes, servers: servers,
            loads: try (parsed.value("workers") ?? defaultWorkers).split(separator: ",")
                .map { try load($0) },
            cases: cases,
            seconds: BenchCommand.decimal(parsed, "seconds", 0.25),
            rounds: BenchCommand.number(parsed, "rounds", 3),
            names: BenchCommand.number(parsed, "names", 10_000_000),
            peers: parsed.values("peer").map(PeerCommand.init), isPinned: !parsed.isOn("unpinned"),
            json: parsed.isOn("json")
        ).run()
    }

    static func load(_ text: Substring) throws -> LockBench.Load {
        let parts = text.split(separator: "x").compactMap { Int($0) }
        guard (1...2).contains(parts.count), parts.allSatisfy({ (1...256).contains($0) }) else {
            throw ArgumentError("\"\(text)\" is no load: write WORKERS or CONNECTIONSxWORKERS")
        }
        return LockBench.Load(connections: parts.count == 2 ? parts[0] : 1, depth: parts.last ?? 1)
    }

    private static func item(_ text: Substring) throws -> LockBench.Case {
        guard let item = LockBench.Case(rawValue: String(text)) else {
            throw ArgumentError("\"\(text)\" is no case: use \(defaultCases),turns,names")
        }
        return item
    }
}
