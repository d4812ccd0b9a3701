import HoldfastBase
import HoldfastSettings
import Testing

@Suite struct ArgumentsTests {
    private let parser = ArgumentParser(
        ArgumentCommand(
            "tool", summary: "Does things.",
            options: [
                ArgumentOption("endpoint", .values("ADDRESS"), help: "Where the server is."),
                ArgumentOption("output", short: "o", .value("FORMAT"), help: "table or json."),
            ],
            subcommands: [
                ArgumentCommand(
                    "run", summary: "Runs a program.",
                    options: [ArgumentOption("verbose", help: "Says more.")],
                    operands: ["NAME", "[ARGUMENT...]"]),
                ArgumentCommand("status", summary: "Shows the status."),
            ]))

    private func parse(_ arguments: String...) throws(ArgumentError) -> ParsedArguments? {
        guard case .run(let parsed) = try parser.parse(arguments) else { return nil }
        return parsed
    }

    @Test func optionsStandBeforeAndAfterTheCommand() throws {
        let parsed = try #require(
            try parse("--endpoint", "a:1", "run", "--endpoint=b:2", "--verbose", "-o", "json", "x"))
        #expect(parsed.command == ["run"])
        #expect(parsed.values("endpoint") == ["a:1", "b:2"])
        #expect(parsed.value("output") == "json")
        #expect(parsed.isOn("verbose"))
        #expect(parsed.operands == ["x"])
    }

    @Test func everythingAfterTwoDashesIsAnOperand() throws {
        let parsed = try #require(try parse("run", "name", "--", "--verbose", "--", "-x"))
        #expect(parsed.operands == ["name", "--verbose", "--", "-x"])
        #expect(!parsed.isOn("verbose"))
    }

    @Test func aSwitchCanBeTurnedOff() throws {
        #expect(try parse("run", "x", "--verbose=false")?.isOn("verbose") == false)
        #expect(throws: ArgumentError.self) { try parse("run", "x", "--verbose=no") }
    }

    @Test(arguments: [
        (["--endpiont", "x"], "unknown option \"--endpiont\" (did you mean \"--endpoint\"?)"),
        (["stauts"], "unknown command \"stauts\" (did you mean \"status\"?)"),
        (["status", "-o", "a", "--output", "b"], "--output is given twice"),
        (["status", "--output"], "--output needs a value: --output FORMAT"),
        (["status", "--output", "--endpoint"], "--output needs a value: --output FORMAT"),
        (["status", "x"], "unexpected argument \"x\""),
        (["run"], "NAME is missing"),
        ([], "a command is needed: run, status"),
        (["--\u{1B}[2J"], "unknown option \"--\\u{1b}[2J\""),
    ])
    func mistakesAreExplained(arguments: [String], message: String) {
        let error = #expect(throws: ArgumentError.self) { try parser.parse(arguments) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test func helpIsCompleteAndNarrow() throws {
        guard case .help(let text) = try parser.parse(["--help"]) else {
            Issue.record("no help")
            return
        }
        for word in ["run", "status", "--endpoint ADDRESS", "-o, --output FORMAT", "--version"] {
            #expect(text.contains(word))
        }
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
        guard case .help(let below) = try parser.parse(["run", "-h"]) else {
            Issue.record("no help of the command")
            return
        }
        #expect(below.contains("Usage: tool run [options] NAME [ARGUMENT...]"))
        #expect(below.contains("--verbose") && below.contains("--endpoint"))
        #expect(try parser.parse(["--version"]) == .version)
    }

    @Test func suggestionsAreCloseOrAbsent() {
        #expect(Suggestion.nearest(to: "lsiten", among: ["loops", "listen"]) == "listen")
        #expect(Suggestion.nearest(to: "banana", among: ["loops", "listen"]) == nil)
        #expect(Suggestion.nearest(to: "", among: ["a"]) == nil)
        #expect(Suggestion.nearest(to: String(repeating: "a", count: 1000), among: ["a"]) == nil)
    }
}
