import Glibc
import HoldfastBase
import HoldfastRPC
import HoldfastSettings
import HoldfastTLS

/// The command line of `holdfast-bench`.
enum BenchCommand {
    private static let json = ArgumentOption(
        "json", help: "print one JSON object a line instead of a table")
    private static let unpinned = ArgumentOption(
        "unpinned", help: "do not bind server and client to one processor each")

    private static let defaultCases = "1x1,1x16,1x64,1x256,64x1,64x16,64x64,64x256"

    private static let spec = ArgumentCommand(
        "holdfast-bench",
        summary: "Measures Holdfast beside the bare thing below it, in the same run.",
        discussion:
            "Machines are noisy: compare the ratios of one run, not figures of different runs.",
        subcommands: [
            ArgumentCommand(
                "echo", summary: "unary echo beside a framed TLS echo without RPC",
                options: [
                    ArgumentOption(
                        "seconds", .value("N"), help: "measured seconds of each run (default 0.25)"),
                    ArgumentOption(
                        "rounds", .value("N"), help: "interleaved rounds (default 3)"),
                    ArgumentOption(
                        "payload", .value("BYTES"), help: "payload of a call (default 64)"),
                    ArgumentOption(
                        "cases", .value("LIST"),
                        help:
                            "connections x in flight (default "
                            + defaultCases + ")"),
                    ArgumentOption(
                        "clients", .value("LIST"),
                        help: "of machine,async,async-loop (default: these), and held,held-far"),
                    unpinned, json,
                ]),
            ArgumentCommand(
                "idle", summary: "memory of idle connections, and what they cost an active caller",
                options: [
                    ArgumentOption(
                        "connections", .value("N"), help: "idle connections (default 1000)"),
                    ArgumentOption(
                        "seconds", .value("N"), help: "measured seconds of each run (default 2)"),
                    unpinned, json,
                ]),
            ArgumentCommand(
                "heap", summary: "growth of the server's memory over many calls",
                options: [
                    ArgumentOption("calls", .value("N"), help: "calls (default 10000000)"),
                    unpinned,
                    json,
                ]),
            ArgumentCommand(
                "core", summary: "what deciding about locks costs, without a network",
                options: [
                    ArgumentOption(
                        "seconds", .value("N"), help: "measured seconds of each case (default 1)"),
                    json,
                ]),
            LockCommand.spec, KeyCommand.spec, GuardsBench.spec, LocalBench.spec,
            ArgumentCommand(
                "probe", summary: "what an honest caller of a running server sees, call by call",
                options: probeOptions),
            ArgumentCommand(
                "cycles",
                summary: "locks taken and given back at a running server, beside echo",
                options: cycleOptions),
            ArgumentCommand(
                "serve-bare", summary: "the bare echo server of the benches",
                options: serveOptions),
            ArgumentCommand(
                "serve-rpc", summary: "the RPC echo server of the benches", options: serveOptions),
        ])

    private static let serveOptions = [
        ArgumentOption("certs", .value("DIR"), help: "directory of the certificates"),
        ArgumentOption("pin", .value("N"), help: "bind the server to this processor"),
    ]

    private static let targetOptions = [
        ArgumentOption("endpoint", .value("HOST:PORT"), help: "the server, by its address"),
        ArgumentOption("ca", .value("FILE"), help: "certificate of the CA of the server"),
        ArgumentOption("cert", .value("FILE"), help: "certificate of the caller"),
        ArgumentOption("key", .value("FILE"), help: "key of the caller"),
    ]

    private static let cycleOptions =
        targetOptions + [
            ArgumentOption("seconds", .value("N"), help: "of each run (default 1)"),
            ArgumentOption("rounds", .value("N"), help: "interleaved rounds (default 3)"),
            ArgumentOption("depth", .value("N"), help: "workers (default 64)"),
        ]

    private static let probeOptions =
        targetOptions + [
            ArgumentOption("seconds", .value("N"), help: "measured seconds (default 1)"),
            ArgumentOption("interval-us", .value("N"), help: "from call to call (default 400)"),
            json,
        ]

    static func complain(_ text: String) {
        let line = "holdfast-bench: \(text)\n"
        _ = unsafe Array(line.utf8).withUnsafeBytes { bytes in
            unsafe write(2, bytes.baseAddress, bytes.count)
        }
    }

    static func run(_ arguments: [String]) async throws {
        let parsed: ParsedArguments
        do {
            switch try ArgumentParser(spec).parse(arguments) {
            case .help(let text): return print(text)
            case .version: return print("holdfast-bench \(BuildInfo.version)")
            case .run(let run): parsed = run
            }
        } catch {
            complain("\(error)\nRun holdfast-bench --help for what it understands.")
            exit(2)
        }
        switch parsed.command.first {
        case "echo": try await echo(parsed)
        case "idle":
            try await IdleBench(
                connections: number(parsed, "connections", 1000),
                seconds: decimal(parsed, "seconds", 2), isPinned: !parsed.isOn("unpinned"),
                json: parsed.isOn("json")
            ).run()
        case "heap":
            try await HeapBench(
                calls: number(parsed, "calls", 10_000_000), isPinned: !parsed.isOn("unpinned"),
                json: parsed.isOn("json")
            ).run()
        case "core":
            CoreBench(seconds: try decimal(parsed, "seconds", 1), json: parsed.isOn("json")).run()
        case "lock": try await LockCommand.run(parsed)
        case "kv": try await KeyCommand.run(parsed)
        case "guards": try await GuardsBench.run(parsed)
        case "local": try await LocalBench.run(parsed)
        case "probe": try probe(parsed)
        case "cycles": try cycles(parsed)
        case "serve-bare": try EchoServing.runBare(served(parsed), pin: pin(parsed))
        case "serve-rpc": try await EchoServing.runRPC(served(parsed), pin: pin(parsed))
        default: break
        }
    }

    private static func echo(_ parsed: ParsedArguments) async throws {
        let cases = parsed.value("cases") ?? defaultCases
        let loads = try cases.split(separator: ",").map { text -> EchoBench.Load in
            let parts = text.split(separator: "x").compactMap { Int($0) }
            guard parts.count == 2, parts.allSatisfy({ (1...1024).contains($0) }) else {
                throw ArgumentError("\"\(text)\" is no case: write CONNECTIONSxDEPTH, like 64x1")
            }
            return EchoBench.Load(connections: parts[0], depth: parts[1])
        }
        let names = parsed.value("clients") ?? "machine,async,async-loop"
        let clients = try names.split(separator: ",").map { text -> EchoBench.Client in
            guard let client = EchoBench.Client(rawValue: String(text)) else {
                throw ArgumentError(
                    "\"\(text)\" is no client: use machine, async, async-loop, held, held-far")
            }
            return client
        }
        try await EchoBench(
            seconds: decimal(parsed, "seconds", 0.25), rounds: number(parsed, "rounds", 3),
            payloadBytes: number(parsed, "payload", 64), loads: loads, clients: clients,
            isPinned: !parsed.isOn("unpinned"), json: parsed.isOn("json")
        ).run()
    }

    private static func needed(_ name: String, _ parsed: ParsedArguments) throws -> String {
        guard let value = parsed.value(name) else { throw BenchError("--\(name) is missing") }
        return value
    }

    private static func files(_ parsed: ParsedArguments) throws -> TLSClientFiles {
        TLSClientFiles(
            trustedCA: try needed("ca", parsed), certificateChain: try needed("cert", parsed),
            privateKey: try needed("key", parsed))
    }

    private static func cycles(_ parsed: ParsedArguments) throws {
        try CycleProbe(
            endpoint: Endpoint(needed("endpoint", parsed)), files: files(parsed),
            seconds: decimal(parsed, "seconds", 1), rounds: number(parsed, "rounds", 3),
            depth: number(parsed, "depth", 64)
        ).run()
    }

    private static func probe(_ parsed: ParsedArguments) throws {
        try ProbeBench(
            endpoint: Endpoint(needed("endpoint", parsed)), files: files(parsed),
            seconds: decimal(parsed, "seconds", 1),
            interval: .microseconds(Int64(number(parsed, "interval-us", 400))),
            json: parsed.isOn("json")
        ).run()
    }

    private static func served(_ parsed: ParsedArguments) throws -> DevelopmentCertificates {
        guard let directory = parsed.value("certs") else { return try BenchFiles.certificates() }
        return try DevelopmentCA.ensure(in: directory)
    }

    private static func pin(_ parsed: ParsedArguments) throws -> Int? {
        guard parsed.value("pin") != nil else { return nil }
        return try number(parsed, "pin", 0)
    }

    static func number(
        _ parsed: ParsedArguments, _ name: String, _ fallback: Int
    ) throws -> Int {
        guard let text = parsed.value(name) else { return fallback }
        guard let number = Int(text), number >= 0 else {
            throw ArgumentError("--\(name) needs a number, not \"\(text)\"")
        }
        return number
    }

    static func decimal(
        _ parsed: ParsedArguments, _ name: String, _ fallback: Double
    ) throws -> Double {
        guard let text = parsed.value(name) else { return fallback }
        guard let number = Double(text), number > 0 else {
            throw ArgumentError("--\(name) needs a number above 0, not \"\(text)\"")
        }
        return number
    }
}
