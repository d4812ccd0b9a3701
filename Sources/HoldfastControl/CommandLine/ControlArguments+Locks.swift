internal import HoldfastBase

/// Locks and elections on the command line.
extension ControlArguments {
    private static let ttl = ArgumentOption(
        "ttl", .value("TIME"), help: "How long it lives unless it is renewed. Default: 30s.")
    private static let wait = ArgumentOption(
        "wait", short: "w", .value("TIME"), help: "How long to wait for it. Default: not at all.")
    private static let inSession = ArgumentOption(
        "session", .value("ID"), help: "The session it lives in, 32 hexadecimal digits.")
    private static let strength = ArgumentOption(
        "min-strength", .value("N"), help: "On how many nodes it must be. Default: a quorum.")
    private static let delay = ArgumentOption(
        "lock-delay", .value("TIME"),
        help: "How long nobody gets it after it ended by expiry. Default: 0.")
    private static let request = ArgumentOption(
        "request-id", .value("ID"),
        help: "Names the request, and what it takes: 32 hexadecimal digits. The same again is "
            + "the same request. Default: a new one.")
    private static let grant = ArgumentOption(
        "grant", short: "g", .value("ID"), help: "The grant, 32 hexadecimal digits.")

    private static let taking = [
        ttl,
        ArgumentOption("shared", help: "With others that hold it shared, too."),
        ArgumentOption(
            "holder", .value("NAME"), help: "What you call yourself, to enter again."),
        ArgumentOption(
            "reentrant", help: "Enter again where the same --holder holds it already."),
        ArgumentOption("unfair", help: "Take it even if others wait for it."),
        ArgumentOption(
            "metadata", short: "m", .value("TEXT"), help: "What others are shown of you."),
        inSession,
        ArgumentOption(
            "max-hold", .value("TIME"), help: "The longest it is held in a session."),
        strength, delay, request,
    ]

    static let lock = ArgumentCommand(
        "lock", summary: "Takes locks, gives them back, and shows them.",
        discussion: """
            Several names are taken all or none. What is taken lives as long as --ttl
            says, whether or not this program runs: renew it, or give it back.
            """,
        subcommands: [
            ArgumentCommand(
                "acquire", summary: "Takes locks, and waits for them.",
                discussion: "Ends with status 3 when they are not to be had.",
                options: [wait] + taking, operands: ["NAME", "[NAME...]"]),
            ArgumentCommand(
                "try", summary: "Takes locks if they are free.",
                discussion: "Ends with status 3 when they are not.", options: taking,
                operands: ["NAME", "[NAME...]"]),
            ArgumentCommand(
                "renew", summary: "Prolongs what is held.",
                discussion: "Ends with status 7 when it is not held any more.",
                options: [grant, ttl], operands: ["NAME", "[NAME...]"]),
            ArgumentCommand(
                "mode", summary: "Makes a shared lock exclusive, or an exclusive one shared.",
                discussion: "Ends with status 3 when others share it, and with 7 when it is lost.",
                options: [grant], operands: ["shared|exclusive", "NAME", "[NAME...]"]),
            ArgumentCommand(
                "release", summary: "Gives locks back, or takes one away with --force.",
                discussion: "Ends with status 7 when nobody held it.",
                options: [
                    grant,
                    ArgumentOption("force", help: "Takes the lock away from whoever holds it."),
                    ArgumentOption(
                        "fence", .value("N"),
                        help: "With --force: only from the holder with this fence."),
                ], operands: ["NAME", "[NAME...]"]),
            ArgumentCommand(
                "get", summary: "Shows who holds a lock, and what each node says.",
                operands: ["NAME"]),
            ArgumentCommand(
                "ls", summary: "Lists the locks that are held.", operands: ["[PREFIX]"]),
            ArgumentCommand(
                "watch", summary: "Shows locks, and each change of who holds them, until Ctrl-C.",
                operands: ["[PREFIX]"]),
        ])

    static let session = ArgumentCommand(
        "session", summary: "Opens sessions, keeps them alive, and shows what is in them.",
        subcommands: [
            ArgumentCommand(
                "open", summary: "Opens a session, for lock --session.", options: [ttl, request]),
            ArgumentCommand(
                "keepalive", summary: "Keeps a session alive.",
                discussion: "Ends with status 4 when grants were lost, and with 7 when the session "
                    + "is over.",
                options: [ttl], operands: ["ID"]),
            ArgumentCommand(
                "close", summary: "Ends a session and all its grants.", operands: ["ID"]),
            ArgumentCommand("ls", summary: "Lists the grants of a session.", operands: ["ID"]),
            ArgumentCommand(
                "events", summary: "Says when grants are lost, and when the session is over.",
                operands: ["ID"]),
        ])

    private static let key = ArgumentOption(
        "key", short: "k", .value("ID"), help: "The lead, 32 hexadecimal digits.")

    static let elect = ArgumentCommand(
        "elect", summary: "Stands for election, leads, and shows who does.",
        subcommands: [
            ArgumentCommand(
                "campaign", summary: "Stands for election.",
                discussion: "Ends with status 3 when another leads.",
                options: [wait, ttl, inSession, strength, delay, request],
                operands: ["NAME", "[VALUE]"]),
            ArgumentCommand(
                "leader", summary: "Shows who leads.",
                discussion: "Ends with status 3 when nobody does.", operands: ["NAME"]),
            ArgumentCommand(
                "observe", summary: "Shows who leads, and each change, until Ctrl-C.",
                operands: ["NAME"]),
            ArgumentCommand(
                "proclaim", summary: "Changes what the leader says.",
                discussion: "Ends with status 7 when you do not lead any more.", options: [key],
                operands: ["NAME", "VALUE"]),
            ArgumentCommand(
                "renew", summary: "Prolongs a lead.",
                discussion: "Ends with status 7 when you do not lead any more.",
                options: [key, ttl], operands: ["NAME"]),
            ArgumentCommand(
                "resign", summary: "Gives up a lead.",
                discussion: "Ends with status 7 when it was over.", options: [key],
                operands: ["NAME"]),
        ])
}
