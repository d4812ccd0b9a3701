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

    private static let guardLock = ArgumentOption(
        "lock", .value("LOCK"),
        help: "Only for who holds this lock under --fence: once a later holder has come to the "
            + "key with its own, earlier ones are refused.")
    private static let guardFence = ArgumentOption(
        "fence", .value("N"), help: "The fence that --lock was granted under.")

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
                    guardLock, guardFence, space,
                ], operands: ["KEY"]),
            ArgumentCommand(
                "put", summary: "Writes a value.",
                discussion: """
                    Ends with status 7 when the key is not as it must be, and says how it is, or
                    when the lock of --lock is not held under --fence.
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
                    guardLock, guardFence, request, space,
                ], operands: ["KEY", "[VALUE]"]),
            ArgumentCommand(
                "delete", summary: "Takes a key away.",
                discussion: """
                    Ends with status 3 when there was nothing to take away, and with 7 when the
                    key is not as it must be.
                    """, options: [ifVersion, guardLock, guardFence, request, space],
                operands: ["KEY"]),
            ArgumentCommand(
                "ls", summary: "Lists the keys that begin with PREFIX, or all.",
                options: [
                    ArgumentOption("values", help: "With their values."),
                    ArgumentOption("limit", .value("N"), help: "At most this many. Default: all."),
                    space,
                ], operands: ["[PREFIX]"]),
            ArgumentCommand(
                "watch", summary: "Shows keys, and each change of them, until Ctrl-C.",
                discussion: """
                    A line for each change; states between two may be skipped. When the server
                    leaves, it goes on at another one from where it was.
                    """,
                options: [
                    ArgumentOption(
                        "name", short: "n", .values("KEY"),
                        help: "Only this key; may be repeated. Instead of PREFIX."),
                    ArgumentOption(
                        "changes", help: "Not what is there, only what changes from now on."),
                    ArgumentOption("initial", help: "Ends when all that is there has been shown."),
                    space,
                ], operands: ["[PREFIX]"]),
        ])
}
