import HoldfastBase
import HoldfastSettings

/// The command line of `holdfast-bench kv`.
enum KeyCommand {
    private static let kinds = KeyWork.Kind.allCases.map(\.rawValue).joined(separator: ",")
    private static let fsyncs = BenchNode.Fsync.allCases.map(\.rawValue).joined(separator: "|")
    private static let bytesMax = 60 * 1024

    static let spec = ArgumentCommand(
        "kv", summary: "keys on nodes that it starts, beside the bare scripts",
        options: [
            ArgumentOption(
                "nodes", .value("N"),
                help: "Redis nodes: 1, 3, 5, or 0 for the node in memory (default 3)"),
            ArgumentOption(
                "fsync", .value("WHEN"),
                help: "\(fsyncs): when a node has on disk what it answers (default always)"),
            ArgumentOption(
                "workers", .value("LIST"),
                help: "workers on one connection, or connections x workers (default 1,16,64,256)"),
            ArgumentOption("cases", .value("LIST"), help: "of \(kinds) (default: these)"),
            ArgumentOption(
                "bytes", .value("LIST"), help: "bytes of a value (default 64,1024,16384)"),
            ArgumentOption(
                "peer", .values("[NAME=]COMMAND"),
                help: "what to run beside it, several times; see docs/performance.md"),
            ArgumentOption(
                "seconds", .value("N"), help: "measured seconds of each run (default 0.5)"),
            ArgumentOption("rounds", .value("N"), help: "interleaved rounds (default 3)"),
            ArgumentOption(
                "unpinned", help: "do not bind server and client to one processor each"),
            ArgumentOption("json", help: "print one JSON object a line instead of a table"),
        ])

    static func run(_ parsed: ParsedArguments) async throws {
        let nodes = try BenchCommand.number(parsed, "nodes", 3)
        guard [0, 1, 3, 5].contains(nodes) else {
            throw ArgumentError("--nodes is 0, 1, 3 or 5")
        }
        guard let fsync = BenchNode.Fsync(rawValue: parsed.value("fsync") ?? "always") else {
            throw ArgumentError("--fsync is \(fsyncs)")
        }
        try await KeyBench(
            nodes: nodes,
            loads: try (parsed.value("workers") ?? "1,16,64,256").split(separator: ",")
                .map(LockCommand.load),
            kinds: try (parsed.value("cases") ?? kinds).split(separator: ",").map(kind),
            sizes: try (parsed.value("bytes") ?? "64,1024,16384").split(separator: ",").map(size),
            fsync: fsync, seconds: BenchCommand.decimal(parsed, "seconds", 0.5),
            rounds: BenchCommand.number(parsed, "rounds", 3),
            peers: parsed.values("peer").map(PeerCommand.init), isPinned: !parsed.isOn("unpinned"),
            json: parsed.isOn("json")
        ).run()
    }

    private static func kind(_ text: Substring) throws -> KeyWork.Kind {
        guard let kind = KeyWork.Kind(rawValue: String(text)) else {
            throw ArgumentError("\"\(text)\" is no case: use \(kinds)")
        }
        return kind
    }

    private static func size(_ text: Substring) throws -> Int {
        guard let bytes = Int(text), (0...bytesMax).contains(bytes) else {
            throw ArgumentError("\"\(text)\" is no size of a value: 0 to \(bytesMax)")
        }
        return bytes
    }
}
