package import HoldfastPolicy
package import HoldfastSettings

/// What the command line of `holdfastd` asks for, besides settings. Pure.
package enum ServerCommand: Hashable, Sendable {
    /// To serve.
    case serve
    /// To check the configuration and end.
    case checkConfiguration
    /// To print every setting with its origin and end.
    case showConfiguration
    /// To check a policy file and end.
    case checkPolicy(file: String)
    /// To print why a principal may or may not do something and end.
    case explainPolicy(file: String, principal: String, Permission)

    /// The command line, for `ArgumentParser`.
    package static var arguments: ArgumentCommand {
        ArgumentCommand(
            "holdfastd", summary: "Serves Holdfast: coordination behind one TLS port.",
            discussion: """
                Settings come from a file, the environment and the options below, merged
                key by key; docs/configuration.md has them all. SIGTERM drains and ends,
                a second one ends at once; SIGHUP reads certificates, policy and the
                changeable settings again. Exit status: 0 ended as asked, 1 failed,
                2 told wrongly, 6 policy explain: denied.
                """,
            options: [
                ArgumentOption(
                    "config", .value("PATH"),
                    help: "Configuration file. Default: HOLDFAST_CONFIG, else none."),
                ArgumentOption(
                    "check-config",
                    help: "Reports all mistakes of the configuration, and of the certificates and "
                        + "the policy it names; status 2 if there are any."),
                ArgumentOption(
                    "manual-clock",
                    help: "For tests, with the node in memory: locks have no time but that which "
                        + "AdminService/AdvanceClock lets pass."),
            ] + ConfigurationReference.options,
            subcommands: [
                ArgumentCommand(
                    "config", summary: "Shows the configuration.",
                    subcommands: [
                        ArgumentCommand(
                            "show", summary: "Prints every setting with the place it came from.")
                    ]),
                ArgumentCommand(
                    "policy", summary: "Checks and explains policy files.",
                    subcommands: [
                        ArgumentCommand(
                            "check", summary: "Reports all mistakes of a policy file.",
                            operands: ["FILE"]),
                        ArgumentCommand(
                            "explain", summary: "Says who may do what, and by which line.",
                            operands: ["FILE", "PRINCIPAL", "VERB", "[KEY]"]),
                    ], standsAlone: true),
            ], needsSubcommand: false)
    }

    /// What `parsed`, which is of `arguments`, asks for.
    package init(_ parsed: ParsedArguments) throws(ArgumentError) {
        let operands = parsed.operands
        switch parsed.command {
        case ["config", "show"]: self = .showConfiguration
        case ["policy", "check"]: self = .checkPolicy(file: operands[0])
        case ["policy", "explain"]:
            let permission = try Permission(word: operands[2], key: operands.dropFirst(3).first)
            self = .explainPolicy(file: operands[0], principal: operands[1], permission)
        default: self = parsed.isOn("check-config") ? .checkConfiguration : .serve
        }
    }

    /// The configuration file that the command line or else the environment names.
    package static func file(
        _ parsed: ParsedArguments, environment: [(name: String, value: String)]
    ) -> String? {
        let named = environment.last { $0.name == "HOLDFAST_CONFIG" }?.value
        return parsed.value("config") ?? named.flatMap { $0.isEmpty ? nil : $0 }
    }
}
