import HoldfastBase
import HoldfastControl
import HoldfastRPC
import HoldfastSettings
import Testing

@Suite struct ContextTests {
    private let text = """
        # mine
        current = "prod"

        [context.prod]   # the real one
        endpoints = ["a:1", "b:2"]
        ca = "prod/ca.pem"
        timeout = "3s"

        [context.other]
        ca = "system"
        """

    private func file(_ text: String) throws -> ContextFile {
        try ContextFile(Array(text.utf8), path: "/etc/hf/config.toml")
    }

    private func settings(
        _ arguments: String..., environment: KeyValuePairs<String, String> = [:]
    ) throws -> ControlSettings {
        guard
            case .run(let parsed) = try ArgumentParser(ControlArguments.root)
                .parse(arguments + ["status"])
        else { throw ArgumentError("asks for help") }
        return try ControlSettings(
            parsed, environment: environment.map { (name: $0.key, value: $0.value) },
            contexts: try file(text), exists: { _ in false })
    }

    @Test func theCurrentContextGivesWhatNobodyElseDoes() throws {
        let found = try settings("--timeout", "1s", environment: ["HOLDFAST_ENDPOINTS": "z:9"])
        #expect(found.endpoints.map(\.description) == ["z:9"])
        #expect(found.timeout == .seconds(1))
        #expect(found.credentials.authority == "/etc/hf/prod/ca.pem")
        #expect(found.given[.timeout]?.origin.text == "--timeout")
        #expect(found.given[.endpoints]?.origin.text == "HOLDFAST_ENDPOINTS")
        #expect(found.given[.ca]?.origin.text == "context prod, /etc/hf/config.toml:6")
    }

    @Test func anotherContextIsNamed() throws {
        #expect(try settings("--context", "other").credentials.authority == nil)
        let error = #expect(throws: ArgumentError.self) { try settings("--context", "pord") }
        #expect(error?.description.contains("did you mean \"prod\"?") == true)
        #expect(
            try settings(environment: ["HOLDFAST_CONTEXT": "other"]).endpoints.map(\.description)
                == ["127.0.0.1:7420"])
    }

    @Test func aPairIsTakenFromOnePlace() throws {
        let pair = """
            current = "p"
            [context.p]
            cert = "c.pem"
            key = "k.pem"
            """
        let contexts = try file(pair)
        guard
            case .run(let parsed) = try ArgumentParser(ControlArguments.root)
                .parse(["--cert", "mine.pem", "status"])
        else { return }
        let error = #expect(throws: ArgumentError.self) {
            try ControlSettings(parsed, environment: [], contexts: contexts) { _ in true }
        }
        #expect(error?.description.contains("needs its private key") == true)
    }

    @Test(arguments: [
        ("[context.a]\ncaa = \"x\"", ":2:1: unknown key caa (did you mean \"ca\"?)"),
        ("[context.a]\nca = 3", "ca must be a text in quotes"),
        ("[context.a]\nca = \"x\"\nca = \"y\"", ":3:1: context.a.ca is given twice"),
        ("current = \"b\"\n[context.a]\n", "no context is called \"b\""),
        ("current = \"a\"\n[contxt.a]\n", "unknown section [contxt.a]"),
        ("[context.a]\nca = \"x", "is not closed"),
    ])
    func mistakesNameTheirPlace(text: String, part: String) {
        let error = #expect(throws: ArgumentError.self) { try file(text) }
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }

    /// HOLDFAST_CONFIG, which names that, is not asked.
    @Test func theServersConfigurationIsNoFileOfContexts() throws {
        let error = #expect(throws: ArgumentError.self) {
            try file("listen = \"127.0.0.1:7420\"\n[limits]\nrequest_bytes = \"1KiB\"\n")
        }
        #expect(error?.description.contains("unknown section [limits]") == true)
    }

    @Test func anEditLeavesTheRestAsItIs() throws {
        var edit = ContextEdit(text, path: "f")
        try edit.set(.ca, of: "prod", ["/x \"y\""])
        try edit.set(.key, of: "other", ["k"])
        try edit.set(.timeout, of: "prod", nil)
        try edit.set(.endpoints, of: "third", ["c:3", "d:4"])
        try edit.use("other")
        #expect(
            edit.text == """
                # mine
                current = "other"

                [context.prod]   # the real one
                endpoints = ["a:1", "b:2"]
                ca = "/x \\"y\\""

                [context.other]
                ca = "system"
                key = "k"

                [context.third]
                endpoints = ["c:3", "d:4"]

                """)
        #expect(try file(edit.text).contexts.map(\.name) == ["prod", "other", "third"])
    }

    @Test func anEditBeginsAFile() throws {
        var edit = ContextEdit("", path: "f")
        try edit.set(.ca, of: "a", ["x"])
        try edit.use("a")
        #expect(edit.text == "current = \"a\"\n\n[context.a]\nca = \"x\"\n")
        var long = ContextEdit("[context.a]\nendpoints = [\n\"a:1\",\n]\n", path: "f")
        #expect(throws: ArgumentError.self) { try long.set(.endpoints, of: "a", ["b:1"]) }
    }
}
