internal import HoldfastBase
internal import HoldfastSettings

/// Commands for looking on, for policies, certificates, any call, and for the tool itself.
extension ControlArguments {
    static let top = ArgumentCommand(
        "top", summary: "Shows locks, waiters, nodes and rates, again and again.",
        discussion: """
            Keys: q or Ctrl-C quits, the space bar stops and goes on, arrows scroll the
            locks, w sorts them by waiters, n by name. On something else than a terminal,
            and with --once, one picture is printed; it ends with status 5 when there is no
            quorum.
            """,
        options: [
            ArgumentOption(
                "interval", short: "i", .value("TIME"),
                help: "From one picture to the next, at least 100ms. Default: 1s."),
            ArgumentOption("once", help: "Prints one picture and ends."),
            ArgumentOption(
                "prefix", .value("PREFIX"), help: "Only locks whose names begin so."),
        ])

    static let policy = ArgumentCommand(
        "policy", summary: "Checks and explains policy files; asks no server.",
        options: [ControlKey.output.option],
        subcommands: [
            ArgumentCommand(
                "check", summary: "Reports all mistakes of a policy file.", operands: ["FILE"]),
            ArgumentCommand(
                "explain", summary: "Says who may do what, and by which line.",
                discussion: """
                    KEY is the name, or prefix, that the verb is used on; verbs of the server
                    (admin.*, session.use, …) have none. Ends with status 6 when it is denied.
                    """,
                operands: ["FILE", "PRINCIPAL", "VERB", "[KEY]"]),
        ], standsAlone: true)

    static let certificates = ArgumentCommand(
        "certs", summary: "Makes certificates; asks no server.",
        options: [ControlKey.output.option],
        subcommands: [
            ArgumentCommand(
                "new", summary: "Makes an authority, and certificates that it signs.",
                discussion: """
                    In DIR: ca.pem, which both ends trust; server.pem; and a certificate for
                    each --client, under the last part of its name; each with its key in
                    NAME-key.pem (ECDSA P-256). Where there is an authority in DIR already, it
                    signs what is asked for with --server and --client, and nothing else.
                    Nothing is ever overwritten. Ends with status 7 when a file is in the way.
                    """,
                options: [
                    ArgumentOption(
                        "server", .values("NAME"),
                        help: "A host name or address by which clients reach the server; may be "
                            + "repeated. Default: localhost, 127.0.0.1 and ::1 where there is no "
                            + "authority yet."),
                    ArgumentOption(
                        "client", .values("URI"),
                        help: "Who a client is, as in holdfast://team/service; may be repeated. "
                            + "Default: holdfast://local/client and holdfast://local/admin where "
                            + "there is no authority yet."),
                    ArgumentOption(
                        "days", .value("N"),
                        help:
                            "Validity of the certificates, 1 to 825; the authority's is 365, or N "
                            + "when that is more. Default: 90."),
                ], operands: ["DIR"])
        ], standsAlone: true)

    static let call = ArgumentCommand(
        "call", summary: "Makes any call, with a message written as JSON.",
        discussion: """
            METHOD is a full name such as holdfast.v1.LockService/GetLock, or the end of one
            that there is only once, such as GetLock. JSON is an object of the fields of the
            request; "-" reads it from standard input; without it all fields are at their
            defaults. Bytes are base64 or 0x and hexadecimal digits, enums their names,
            64-bit numbers numbers or texts. Elements of a stream are printed one a line.
            """,
        options: [
            ArgumentOption(
                "describe",
                help: "Lists all methods; of METHOD, the fields; of a message or an enum, too."),
            ArgumentOption(
                "descriptors", .value("FILE"),
                help: "Also knows the services of this file, which protoc --include_imports "
                    + "--descriptor_set_out=FILE has made."),
            ArgumentOption(
                "request-id", .value("ID"),
                help: "Names the request: 32 hexadecimal digits. Default: a new one."),
            ArgumentOption(
                "count", short: "n", .value("N"),
                help: "Ends a stream after so many elements. Default: with the stream."),
        ], operands: ["[METHOD]", "[JSON]"])

    static let context = ArgumentCommand(
        "context", summary: "Keeps named sets of options in a file.",
        discussion: """
            The file is HOLDFAST_CONTEXTS, or ~/.config/holdfast/config.toml
            (XDG_CONFIG_HOME is heeded):

                current = "prod"

                [context.prod]
                endpoints = ["a.example:7420", "b.example:7420"]
                ca = "prod/ca.pem"

            Keys: \(ControlKey.allCases.map(\.rawValue).joined(separator: " "))
            Paths are relative to the file.
            """,
        subcommands: [
            ArgumentCommand("ls", summary: "Lists the contexts."),
            ArgumentCommand(
                "use", summary: "Makes a context the current one.", operands: ["NAME"]),
            ArgumentCommand(
                "show", summary: "Shows what is in force, and where each value comes from."),
            ArgumentCommand(
                "set", summary: "Sets keys of a context, and makes it if need be.",
                discussion: "KEY= without a value takes the key away; endpoints stand behind "
                    + "commas.",
                operands: ["NAME", "[KEY=VALUE...]"]),
        ])

    static let completion = ArgumentCommand(
        "completion", summary: "Prints what has a shell complete commands and options.",
        discussion: """
            bash:  source <(holdfastctl completion bash)
            zsh:   holdfastctl completion zsh > "${fpath[1]}/_holdfastctl"
            fish:  holdfastctl completion fish > ~/.config/fish/completions/holdfastctl.fish
            """, operands: ["bash|zsh|fish"], standsAlone: true)
}
