import HoldfastBase
import HoldfastSettings
import HoldfastSimulation

/// The command line of `holdfast-simulate`.
struct SimulateArguments {
    static let spec = ArgumentCommand(
        "holdfast-simulate",
        summary: "Runs servers, nodes and callers in worlds without time, and breaks things.",
        discussion: """
            Each seed is one run: how many servers, nodes, clients and locks, what they do, and what
            goes wrong. The same seed does the same on every machine. What the callers saw is held
            against what is promised; docs/simulation.md says how.

            Ends with status 0 when all is well, 1 when a promise was broken, 2 when it was not
            understood. A failing seed is shown by --trace, and made small by --shrink.
            """,
        options: [
            ArgumentOption("seeds", .value("N"), help: "how many (default 200)", group: "Runs"),
            ArgumentOption("from", .value("S"), help: "the first (default 0)", group: "Runs"),
            ArgumentOption("jobs", .value("N"), help: "at a time (default 2)", group: "Runs"),
            ArgumentOption(
                "stop", help: "end with the first seed that breaks a promise", group: "Runs"),
            ArgumentOption(
                "quiet", help: "no progress, the last line only", group: "Runs"),
            ArgumentOption(
                "trace", .value("SEED"), help: "show all that happens in one run", group: "One run"),
            ArgumentOption(
                "shrink", .value("SEED"), help: "leave out of it what it fails without",
                group: "One run"),
            ArgumentOption(
                "nodes", .value("KIND"),
                help: "what they are made of: "
                    + NodeKind.allCases.map(\.rawValue).joined(separator: ", ")
                    + " (default: each seed draws)", group: "Worlds"),
            ArgumentOption("cluster", .value("N"), help: "1, 3, 5 or 7 nodes", group: "Worlds"),
            ArgumentOption("servers", .value("N"), help: "at most so many", group: "Worlds"),
            ArgumentOption("clients", .value("N"), help: "at most so many", group: "Worlds"),
            ArgumentOption("keys", .value("N"), help: "at most so many locks", group: "Worlds"),
            ArgumentOption(
                "without", .value("LIST"),
                help: "leave out: "
                    + ScenarioTrait.allCases.map(\.rawValue).joined(separator: ", "),
                group: "Worlds"),
            ArgumentOption(
                "with", .value("LIST"), help: "have these whatever the seed drew", group: "Worlds"),
            ArgumentOption(
                "plant", .value("NAME"), help: "with a mistake (builds with plants only)",
                group: "Plants"),
            ArgumentOption(
                "plants", help: "look for every mistake, until each is found", group: "Plants"),
        ])

    var seeds: UInt64
    var from: UInt64
    var jobs: Int
    var stops: Bool
    var isQuiet: Bool
    var trace: UInt64?
    var shrink: UInt64?
    var limits = ScenarioLimits()
    var plant: String?
    var allPlants: Bool

    init(_ parsed: ParsedArguments) throws(ArgumentError) {
        seeds = try Self.number(parsed, "seeds", 1...1_000_000_000) ?? 200
        from = try Self.number(parsed, "from", 0...(.max / 2)) ?? 0
        jobs = Int(try Self.number(parsed, "jobs", 1...256) ?? 2)
        stops = parsed.isOn("stop")
        isQuiet = parsed.isOn("quiet")
        trace = try Self.number(parsed, "trace", 0...(.max / 2))
        shrink = try Self.number(parsed, "shrink", 0...(.max / 2))
        plant = parsed.value("plant")
        allPlants = parsed.isOn("plants")
        if let word = parsed.value("nodes") {
            guard let kind = NodeKind(rawValue: word) else {
                let kinds = NodeKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw ArgumentError(
                    "--nodes: \"\(TextEscape.printable(word))\" is none of \(kinds); "
                        + "how many is --cluster")
            }
            limits.kind = kind
        }
        if let nodes = try Self.number(parsed, "cluster", 1...7) {
            guard nodes % 2 == 1 else { throw ArgumentError("--cluster: 1, 3, 5 or 7") }
            limits.nodes = Int(nodes)
        }
        if let count = try Self.number(parsed, "servers", 1...16) { limits.serversMax = Int(count) }
        if let count = try Self.number(parsed, "clients", 1...64) { limits.clientsMax = Int(count) }
        if let count = try Self.number(parsed, "keys", 1...64) { limits.keysMax = Int(count) }
        limits.without = try Self.traits(parsed, "without")
        limits.with = try Self.traits(parsed, "with")
    }

    private static func traits(
        _ parsed: ParsedArguments, _ name: String
    ) throws(ArgumentError) -> Set<ScenarioTrait> {
        var traits: Set<ScenarioTrait> = []
        for word in parsed.value(name)?.split(separator: ",") ?? [] {
            guard let trait = ScenarioTrait(rawValue: String(word)) else {
                throw ArgumentError(
                    "--\(name): nothing is called \"\(TextEscape.printable(String(word)))\""
                        + Suggestion.hint(
                            for: String(word), among: ScenarioTrait.allCases.map(\.rawValue)))
            }
            traits.insert(trait)
        }
        return traits
    }

    private static func number(
        _ parsed: ParsedArguments, _ name: String, _ range: ClosedRange<UInt64>
    ) throws(ArgumentError) -> UInt64? {
        guard let text = parsed.value(name) else { return nil }
        guard let number = UInt64(text), range.contains(number) else {
            throw ArgumentError(
                "--\(name): a number from \(range.lowerBound) to \(range.upperBound) is needed, not "
                    + "\"\(TextEscape.printable(text))\"")
        }
        return number
    }
}
