import Foundation
import HoldfastBase
import HoldfastServer
import HoldfastSettings
import Testing

@Suite struct ConfigurationTests {
    private func load(
        _ file: String = "", environment: [(String, String)] = [], flags: [String] = []
    ) throws(ConfigurationRejection) -> LoadedConfiguration {
        var sources = ConfigurationSources()
        sources.file = ("holdfast.toml", Array(file.utf8))
        sources.environment = environment.map { (name: $0.0, value: $0.1) }
        sources.hostName = "host"
        let command = ArgumentCommand(
            "holdfastd", summary: "", options: ConfigurationReference.options)
        if case .run(let parsed) = try? ArgumentParser(command).parse(flags) {
            sources.flags = parsed.options
        }
        return try ConfigurationLoader.load(sources)
    }

    private func problems(
        _ file: String, environment: [(String, String)] = [], flags: [String] = []
    ) -> [String] {
        do {
            _ = try load(file, environment: environment, flags: flags)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func withoutSourcesEverythingIsDefault() throws {
        let loaded = try ConfigurationLoader.load(ConfigurationSources())
        #expect(loaded.configuration.limits == Limits())
        #expect(loaded.configuration.nodeID == "localhost:7420")
        #expect(loaded.origins.isEmpty)
        #expect(loaded.warnings.isEmpty)
    }

    @Test func sourcesAreMergedKeyByKey() throws {
        let loaded = try load(
            """
            listen = ["127.0.0.1:1", "[::1]:2"]
            loops = 2
            [limits]
            request_bytes = "32KiB"
            head_bytes = 4096
            hello_timeout = "1500ms"
            """,
            environment: [
                ("HOLDFAST_LOOPS", "3"), ("HOLDFAST_LOG_LEVEL", "debug"),
                ("HOLDFAST_LISTEN", ""),
            ],
            flags: ["--loops", "4", "--limits-request-bytes=16KiB", "--ops-listen", "off"])
        let configuration = loaded.configuration
        #expect(configuration.listen.map(\.description) == ["127.0.0.1:1", "[::1]:2"])
        #expect(configuration.nodeID == "host:1")
        #expect(configuration.loops == 4)
        #expect(configuration.logLevel == .debug)
        #expect(configuration.limits.requestBytesMax == 16_384)
        #expect(configuration.limits.headBytesMax == 4096)
        #expect(configuration.limits.helloTimeout == .milliseconds(1500))
        #expect(configuration.opsListen.isEmpty)
        let origins = loaded.origins.mapValues(\.description)
        #expect(origins["loops"] == "--loops")
        #expect(origins["log.level"] == "HOLDFAST_LOG_LEVEL")
        #expect(origins["listen"] == "holdfast.toml:1")
        #expect(origins["limits.head_bytes"] == "holdfast.toml:5")
        #expect(origins["data_dir"] == nil)
    }

    @Test func listsComeFromRepeatedFlagsAndCommas() throws {
        let repeated = try load(flags: ["--listen", "a:1", "--listen", "b:2"])
        #expect(repeated.configuration.listen.map(\.description) == ["a:1", "b:2"])
        let commas = try load(environment: [("HOLDFAST_LISTEN", "a:1,b:2")])
        #expect(commas.configuration.listen == repeated.configuration.listen)
    }

    @Test(arguments: [
        (
            "[tls]\nlisten = \"a:1\"",
            "holdfast.toml:2:1: unknown key tls.listen (\"listen\" belongs above the first section)"
        ),
        ("lisen = \"a:1\"", "holdfast.toml:1:1: unknown key lisen (did you mean \"listen\"?)"),
        ("loops = \"2\"", "holdfast.toml:1:9: loops: expected a whole number from 1 to 64; found"),
        ("loops = 65", "holdfast.toml:1:9: loops: expected a whole number from 1 to 64; found"),
        ("loops = 2\nloops = 2", "holdfast.toml:2:1: loops is already set on line 1"),
        ("[limit]\nx = 1", "holdfast.toml:1:1: unknown section [limit] (did you mean \"limits\"?)"),
        ("certificate = \"x\"", "holdfast.toml:1:1: unknown key certificate (did you mean \"tls.c"),
        ("listen = \"127.0.0.1\"", "holdfast.toml:1:10: listen: expected addresses of the form"),
        ("listen = \"off\"", "holdfast.toml:1:10: listen: expected addresses"),
        ("[log]\nlevel = \"loud\"", "holdfast.toml:2:9: log.level: expected one of \"debug\", "),
        ("[limits]\nrequest_bytes = \"64KB\"", "holdfast.toml:2:17: limits.request_bytes: expect"),
        (
            "[drain]\ngrace = 10",
            "holdfast.toml:2:9: drain.grace: expected a duration from 0 to 24h"
        ),
        ("[drain]\ngrace = \"-1s\"", "holdfast.toml:2:9: drain.grace: expected a duration"),
    ])
    func mistakesInTheFile(file: String, expected: String) {
        let found = problems(file)
        #expect(found.count == 1 && found[0].hasPrefix(expected), "\(found)")
    }

    @Test func allProblemsOfAllSourcesAreReportedAtOnce() {
        let found = problems(
            "lops = 1\n= 5\nloops = 0",
            environment: [("HOLDFAST_LOOPS", "many")], flags: ["--log-level", "x"])
        #expect(found.count == 5)
        #expect(found[0].hasPrefix("holdfast.toml:1:1"))
        #expect(found[1].hasPrefix("holdfast.toml:2:1"))
        #expect(found[2].hasPrefix("holdfast.toml:3:9"))
        #expect(found[3].hasPrefix("HOLDFAST_LOOPS: loops: expected a whole number"))
        #expect(found[4].hasPrefix("--log-level: log.level: expected one of"))
    }

    @Test(arguments: [
        ("[tls]\nkey = \"k\"", ["tls.key", "tls.certificate"]),
        ("[tls]\ncertificate = \"c\"\nclient_ca = \"a\"", ["tls.certificate", "tls.key"]),
        ("[tls]\nclient_ca = \"a\"", ["tls.client_ca", "tls.certificate"]),
        (
            "[tls]\ncertificate = \"c\"\nkey = \"k\"",
            ["tls.require_client_certificate", "tls.client_ca"]
        ),
        ("ops_listen = \"127.0.0.1:7420\"", ["ops_listen", "listen"]),
        (
            "[limits]\noutbound_low_bytes = \"1MiB\"",
            ["limits.outbound_low_bytes", "limits.outbound_high_bytes"]
        ),
        (
            "[limits]\noutbound_high_bytes = \"8MiB\"",
            ["limits.outbound_high_bytes", "limits.outbound_hard_bytes"]
        ),
        (
            "[limits]\nresponse_bytes = \"4MiB\"",
            ["limits.response_bytes", "limits.outbound_hard_bytes"]
        ),
        (
            "[limits]\nactive_streams = 16",
            ["limits.reserved_streams", "limits.active_streams"]
        ),
        (
            "[limits]\ndefault_call_timeout = \"11m\"",
            ["limits.default_call_timeout", "limits.max_call_timeout"]
        ),
    ])
    func contradictionsNameBothKeysAndAPlace(file: String, keys: [String]) {
        let found = problems(file)
        #expect(found.count == 1, "\(found)")
        for key in keys { #expect(found.first?.contains(key) == true, "\(found)") }
        #expect(found.first?.hasPrefix("holdfast.toml:") == true, "\(found)")
    }

    @Test func openDoorsAreWarnedAbout() throws {
        let loaded = try load(
            "listen = \"0.0.0.0:7420\"\n[tls]\nrequire_client_certificate = false",
            environment: [("HOLDFAST_LOPS", "2"), ("HOLDFAST_PORT_7420_TCP", "tcp://10.0.0.1")])
        #expect(loaded.warnings.count == 2)
        #expect(loaded.warnings[0].contains("HOLDFAST_LOOPS"))
        #expect(loaded.warnings[1].contains("may do everything"))
    }

    /// The variables of the other program, and those that Kubernetes sets for a service of this name,
    /// are no mistakes.
    @Test func variablesOfOthersAreNotWarnedAbout() throws {
        let names = [
            "CONFIG", "CA", "CERT", "KEY", "CONTEXT", "CONTEXTS", "ENDPOINTS", "NAMESPACE",
            "OUTPUT",
            "TIMEOUT", "FENCE", "GRANT", "LOCK", "PORT", "SERVICE_HOST", "SERVICE_PORT",
            "PORT_7420_TCP_ADDR",
        ]
        let loaded = try load(environment: names.map { ("HOLDFAST_\($0)", "x") })
        #expect(loaded.warnings.isEmpty)
    }

    @Test func whatIsShownCanBeReadBack() throws {
        let loaded = try load(
            "data_dir = \"a \\\"b\\\" \\u0007\"\n[limits]\nidle_timeout = \"90s\"",
            flags: ["--ops-listen", "off", "--listen", "a:1,b:0"])
        let again = try load(loaded.shown)
        #expect(again.configuration == loaded.configuration)
        #expect(loaded.shown.contains("# holdfast.toml:3\n"))
        #expect(loaded.shown.contains("# --listen\n"))
        #expect(loaded.shown.contains("# default\n"))
    }

    @Test func everySettingCanBeGivenByEachSource() throws {
        for setting in Setting.table where setting.key != "node_id" {
            let text = setting.text(in: ServerConfiguration())
            let bare = text.replacing("\"", with: "")
            if bare.isEmpty { continue }
            #expect(problems("\(setting.key) = \(text)").isEmpty, "\(setting.key)")
            #expect(
                problems("", environment: [(setting.environmentName, bare)]).isEmpty,
                "\(setting.key)")
            let flag = try load(flags: ["--\(setting.flagName)", bare])
            #expect(flag.origins.count == 1, "\(setting.key)")
        }
    }

    @Test func helpShowsEverySettingInEightyColumns() throws {
        let command = ArgumentCommand(
            "holdfastd", summary: "Serves.", options: ConfigurationReference.options)
        guard case .help(let text) = try ArgumentParser(command).parse(["--help"]) else {
            Issue.record("no help")
            return
        }
        for setting in Setting.table { #expect(text.contains("--\(setting.flagName) ")) }
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    /// `HOLDFAST_WRITE_DOCS=1 swift test --filter ConfigurationTests` writes the page anew.
    @Test func theDocumentationIsCurrent() throws {
        let page = URL(filePath: #filePath).appending(path: "../../../docs/configuration.md")
            .standardized
        if ProcessInfo.processInfo.environment["HOLDFAST_WRITE_DOCS"] == "1" {
            try Data(ConfigurationReference.document.utf8).write(to: page)
        }
        let committed = try String(contentsOf: page, encoding: .utf8)
        #expect(committed == ConfigurationReference.document)
    }
}
