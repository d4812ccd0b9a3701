internal import HoldfastBase
internal import HoldfastSettings

/// Locks and elections on the command line.
extension ControlArguments {
    private static let ttl = ArgumentOption(
        "ttl", .value("TIME"), help: "How long it lives unless it is renewed. Default: 30s.")
    /// Where it must be said.
    private static let ttlNeeded = ArgumentOption(
        "ttl", .value("TIME"), help: "How long it is to live from now. Needed.")
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

    private static let shared = ArgumentOption(
        "shared", help: "With others that hold it shared, too.")
    private static let unfair = ArgumentOption(
        "unfair", help: "Take it even if others wait for it.")
    private static let metadata = ArgumentOption(
        "metadata", short: "m", .value("TEXT"),
        help: "What others are shown of you. Default: USER@HOST:PROCESS, of who runs this.")

    private static let taking = [
        ttl, shared,
        ArgumentOption(
            "holder", .value("NAME"), help: "What you call yourself, to enter again."),
        ArgumentOption(
            "reentrant", help: "Enter again where the same --holder holds it already."),
        unfair, metadata, inSession,
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
            run,
            ArgumentCommand(
                "renew", summary: "Prolongs what is held.",
                discussion: "Ends with status 7 when it is not held any more.",
                options: [grant, ttlNeeded], operands: ["NAME", "[NAME...]"]),
            ArgumentCommand(
                "mode", summary: "Makes a shared lock exclusive, or an exclusive one shared.",
                discussion: "Ends with status 3 when others share it, and with 7 when it is lost.",
                options: [grant], operands: ["shared|exclusive", "NAME", "[NAME...]"]),
            ArgumentCommand(
                "release", summary: "Gives locks back, or takes one away with --force.",
                discussion: """
                    Ends with status 7 when nobody held it, or another does, and then says who.
                    """,
                options: [
                    grant,
                    ArgumentOption("force", help: "Takes the lock away from whoever holds it."),
                    ArgumentOption(
                        "fence", .value("N"),
                        help: "With --force: only from the holder with this fence."),
                    ArgumentOption(
                        "reason", .value("TEXT"),
                        help: "With --force: why, for the server's audit log."),
                ], operands: ["NAME", "[NAME...]"]),
            ArgumentCommand(
                "get", summary: "Shows who holds a lock, and what each node says.",
                operands: ["NAME"]),
            ArgumentCommand(
                "queue", summary: "Shows who waits for a lock, the next one first.",
                discussion: """
                    Those that wait by way of the server that is asked, and the first of each
                    other server, which alone knows what it says of itself.
                    """,
                options: [
                    ArgumentOption(
                        "limit", .value("N"), help: "At most this many, up to 500. Default: 100.")
                ], operands: ["NAME"]),
            ArgumentCommand(
                "ls", summary: "Lists the locks that are held.", operands: ["[PREFIX]"]),
            ArgumentCommand(
                "watch", summary: "The same as holdfastctl watch.", options: watching,
                operands: ["[PREFIX]"]),
        ])

    private static let run = ArgumentCommand(
        "run", summary: "Runs a command while it holds locks.",
        discussion: """
            The locks are renewed while the command runs, and given back when it ends, and
            with it all that it has started (its process group). It is ended before its
            locks can be somebody else's: --kill-after before the last moment the group
            gets SIGTERM, at the last moment SIGKILL. Signals are passed on to it.

            It finds in its environment HOLDFAST_LOCK, the names, one a line, and
            HOLDFAST_FENCE, the number by which storage can tell it from later holders.

            Ends with the status of the command, with 128 and the number of the signal
            that has ended it, with 3 when the locks are not to be had, and with 4 when
            they were lost while it ran; with --on-lost ignore the status of a command that
            failed comes before that.
            """,
        options: [
            wait, ttl,
            ArgumentOption(
                "on-lost", .value("term|kill|ignore"),
                help: "What is done with the command when the lock is lost or about to be: "
                    + "SIGTERM and then SIGKILL, SIGKILL, or nothing. Default: term."),
            ArgumentOption(
                "kill-after", .value("TIME"),
                help: "From SIGTERM to SIGKILL, at most half of --ttl. Default: a quarter of "
                    + "--ttl, at most 10s."),
            shared, unfair, metadata, strength, delay,
        ], operands: ["NAME", "[NAME...]"], trailing: "COMMAND [ARGUMENT...]")

    private static let watching = [
        ArgumentOption(
            "name", short: "n", .values("NAME"),
            help: "Only this lock; may be repeated. Instead of PREFIX."),
        ArgumentOption("initial", help: "Ends when all that is held has been shown."),
    ]

    static let watch = ArgumentCommand(
        "watch", summary: "Shows locks, and each change of who holds them, until Ctrl-C.",
        discussion: """
            A line for each change. When the server leaves, it goes on at another one from
            where it was; a state between two may then be skipped, as it may be at any time.
            """, options: watching, operands: ["[PREFIX]"])

    static let session = ArgumentCommand(
        "session", summary: "Opens sessions, keeps them alive, and shows what is in them.",
        subcommands: [
            ArgumentCommand(
                "open", summary: "Opens a session, for lock --session.", options: [ttl, request]),
            ArgumentCommand(
                "keepalive", summary: "Keeps a session alive.",
                discussion: "Ends with status 4 when grants were lost, and with 7 when the session "
                    + "is over.",
                options: [ttlNeeded], operands: ["ID"]),
            ArgumentCommand(
                "close", summary: "Ends a session and all its grants.", operands: ["ID"]),
            ArgumentCommand(
                "ls", summary: "Lists the sessions that hold locks, or the grants of one.",
                operands: ["[ID]"]),
            ArgumentCommand(
                "events", summary: "Says when grants are lost, and when the session is over.",
                operands: ["ID"]),
        ])

    /// Not "key": that is the private key, for all commands.
    private static let lead = ArgumentOption(
        "lead", short: "l", .value("ID"), help: "The lead, 32 hexadecimal digits.")

    static let elect = ArgumentCommand(
        "elect", summary: "Stands for election, leads, and shows who does.",
        subcommands: [
            ArgumentCommand(
                "campaign", summary: "Stands for election.",
                discussion: """
                    VALUE is what others read of the leader: USER@HOST:PROCESS where none is given.
                    Ends with status 3 when another leads.
                    """,
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
                discussion: "Ends with status 7 when you do not lead any more.", options: [lead],
                operands: ["NAME", "VALUE"]),
            ArgumentCommand(
                "renew", summary: "Prolongs a lead.",
                discussion: "Ends with status 7 when you do not lead any more.",
                options: [lead, ttlNeeded], operands: ["NAME"]),
            ArgumentCommand(
                "resign", summary: "Gives up a lead.",
                discussion: "Ends with status 7 when it was over.", options: [lead],
                operands: ["NAME"]),
        ])
}
