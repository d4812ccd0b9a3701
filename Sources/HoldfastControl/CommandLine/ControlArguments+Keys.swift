internal import HoldfastBase
internal import HoldfastSettings

/// Keys on the command line.
extension ControlArguments {
    private static let space = ArgumentOption(
        "space", .value("NAME"), help: "The space of the key. Default: default.")
    private static let ifVersion = ArgumentOption(
        "if-version", .value("N"), help: "Only if the key has exactly this version.")
    private static let ifPresent = ArgumentOption(
        "if-present", help: "Only if the key has a value.")
    private static let request = ArgumentOption(
        "request-id", .value("ID"),
        help: "Names the change, 32 hexadecimal digits: the same again is made once. "
            + "Default: a new one.")

    static let kv = ArgumentCommand(
        "kv", summary: "Reads and writes keys, which every reader sees alike.",
        discussion: """
            Each change makes the next version of its key. What is written under a
            condition is written if the key is so at that moment, whoever else writes.
            """,
        subcommands: [
            ArgumentCommand(
                "get", summary: "Shows the value of a key.",
                discussion: "Ends with status 3 when it has none.",
                options: [
                    ArgumentOption("raw", help: "Only the value, as it is, which must be text."),
                    space,
                ], operands: ["KEY"]),
            ArgumentCommand(
                "put", summary: "Writes a value.",
                discussion: """
                    Ends with status 7 when the key is not as it must be, and says how it is.
                    """,
                options: [
                    ifVersion,
                    ArgumentOption("if-absent", help: "Only if the key has no value."),
                    ifPresent,
                    ArgumentOption(
                        "ttl", .value("TIME"), help: "How long the value lasts. Default: for ever."),
                    ArgumentOption(
                        "file", short: "f", .value("PATH"),
                        help: "What this file has, instead of VALUE; - is standard input."),
                    request, space,
                ], operands: ["KEY", "[VALUE]"]),
            ArgumentCommand(
                "delete", summary: "Takes a key away.",
                discussion: """
                    Ends with status 3 when there was nothing to take away, and with 7 when the
                    key is not as it must be.
                    """, options: [ifVersion, request, space], operands: ["KEY"]),
            ArgumentCommand(
                "ls", summary: "Lists the keys that begin with PREFIX, or all.",
                options: [
                    ArgumentOption("values", help: "With their values."),
                    ArgumentOption("limit", .value("N"), help: "At most this many. Default: all."),
                    space,
                ], operands: ["[PREFIX]"]),
        ])
}
