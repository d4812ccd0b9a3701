import HoldfastBase
import HoldfastPolicy
import HoldfastServer
import HoldfastSettings
import Testing

@Suite struct ServerCommandTests {
    private func parse(_ arguments: String...) throws(ArgumentError) -> ServerCommand? {
        guard case .run(let parsed) = try ArgumentParser(ServerCommand.arguments).parse(arguments)
        else { return nil }
        return try ServerCommand(parsed)
    }

    @Test func everyCommand() throws {
        #expect(try parse() == .serve)
        #expect(try parse("--loops", "2") == .serve)
        #expect(try parse("--check-config") == .checkConfiguration)
        #expect(try parse("--loops=2", "config", "show") == .showConfiguration)
        #expect(try parse("policy", "check", "p") == .checkPolicy(file: "p"))
        #expect(
            try parse("policy", "explain", "p", "spiffe://a/b", "echo.call", "k")
                == .explainPolicy(
                    file: "p", principal: "spiffe://a/b",
                    Permission(.echoCall, key: Array("k".utf8))))
    }

    @Test(arguments: [
        ["serve"], ["config"], ["policy", "check"], ["policy", "check", "a", "b"],
        ["policy", "explain", "p", "a", "eco.call"], ["--lops", "2"],
    ])
    func mistakes(arguments: [String]) {
        #expect(throws: ArgumentError.self) {
            guard
                case .run(let parsed) = try ArgumentParser(ServerCommand.arguments).parse(arguments)
            else { return }
            _ = try ServerCommand(parsed)
        }
    }

    @Test func theFlagNamesTheFileBeforeTheEnvironment() throws {
        let parser = ArgumentParser(ServerCommand.arguments)
        guard case .run(let named) = try parser.parse(["--config", "a.toml"]),
            case .run(let plain) = try parser.parse([])
        else {
            Issue.record("not understood")
            return
        }
        let environment = [(name: "HOLDFAST_CONFIG", value: "b.toml")]
        #expect(ServerCommand.file(named, environment: environment) == "a.toml")
        #expect(ServerCommand.file(plain, environment: environment) == "b.toml")
        #expect(ServerCommand.file(plain, environment: [("HOLDFAST_CONFIG", "")]) == nil)
    }

    @Test func helpFitsAndIsComplete() throws {
        // Policies are looked at without a configuration; the rest takes every setting.
        for (arguments, hasSettings) in [
            (["--help"], true), (["config", "show", "-h"], true), (["policy", "--help"], false),
            (["policy", "explain", "-h"], false),
        ] {
            guard
                case .help(let text) = try ArgumentParser(ServerCommand.arguments).parse(arguments)
            else {
                Issue.record("no help")
                continue
            }
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
            #expect(text.contains("--limits-request-bytes SIZE") == hasSettings, "\(arguments)")
        }
    }
}
