package import HoldfastSettings

/// What `holdfastctl` can be told: the source of its parser and its help.
package enum ControlArguments {
    /// The command line, for `ArgumentParser`.
    package static let root = ArgumentCommand(
        "holdfastctl", summary: "Looks at Holdfast servers, and tells them what to do.",
        discussion: """
            Each option of the groups Connection and Output can also come from the
            environment, and from a context, which is a named set of them in a file. The
            command line wins over the environment, and that over the context. Without
            certificates, those that holdfastd makes for its first run in
            ./holdfast-data/dev-ca are used.
            """,
        options: general,
        subcommands: [
            lock, session, elect, kv, watch, top, nodes, cluster, ping, status, stats, connections, limits,
            health, drain, reload, logLevel, policy, certificates, call, context, completion,
            advanceClock, version,
        ], footer: ExitStatus.table)

    private static let general: [ArgumentOption] =
        ControlKey.allCases.filter { $0 != .output }.map(\.option) + [
            ArgumentOption(
                "context", .value("NAME"),
                help: "Takes what is not given from this context; see context --help. "
                    + "HOLDFAST_CONTEXT. Default: the current one.", group: "Connection"),
            ControlKey.output.option,
            ArgumentOption(
                "verbose", short: "v", help: "Says on standard error what is used to connect.",
                group: "Output"),
        ]

    private static let ping = ArgumentCommand(
        "ping", summary: "Measures how long a server takes to answer.",
        discussion: """
            The connection is made first and not counted. Ends with status 5 when no answer
            came at all. Ctrl-C ends it and prints the summary.
            """,
        options: [
            ArgumentOption(
                "count", short: "n", .value("N"),
                help: "How many calls; 0 goes on until Ctrl-C. Default: 5."),
            ArgumentOption(
                "interval", short: "i", .value("TIME"),
                help: "From one call to the next. Default: 1s."),
            ArgumentOption(
                "size", short: "s", .value("BYTES"), help: "Payload of a call. Default: 56."),
            ArgumentOption("quiet", short: "q", help: "Only the summary."),
        ])

    private static let status = ArgumentCommand(
        "status", summary: "Shows what a server is and how it is doing.")

    private static let connections = ArgumentCommand(
        "conns", summary: "Lists the open connections, or the open calls.",
        discussion: """
            A narrow terminal shows fewer columns; -o json and pipes show them all.
            """,
        options: [
            ArgumentOption("streams", help: "Lists the open calls instead, oldest first."),
            ArgumentOption(
                "connection", .value("ID"), help: "With --streams: of this connection only."),
        ])

    private static let stats = ArgumentCommand(
        "stats", summary: "Shows what the server has done since it started.")

    private static let limits = ArgumentCommand(
        "limits", summary: "Lists every limit in force and what happens when it is reached.")

    private static let drain = ArgumentCommand(
        "drain", summary: "Has a server take no new work, let go of its clients, and end.",
        options: [
            ArgumentOption(
                "grace", .value("TIME"),
                help: "How long open calls may go on. Default: the server's setting."),
            ArgumentOption(
                "reason", .value("TEXT"), help: "Why, for the log and for the clients."),
        ])

    private static let reload = ArgumentCommand(
        "reload", summary: "Has a server read certificates, policy and settings again.")

    private static let logLevel = ArgumentCommand(
        "log-level", summary: "Changes how much a server logs, until it restarts.",
        operands: ["LEVEL"])

    private static let health = ArgumentCommand(
        "health", summary: "Says whether a server, or one service of it, answers.",
        discussion: """
            SERVICE is a full name such as holdfast.v1.EchoService. Ends with status 0
            when it serves and with 5 when it does not.
            """,
        options: [
            ArgumentOption("watch", short: "w", help: "Says so again at each change, until Ctrl-C.")
        ],
        operands: ["[SERVICE]"])

    private static let version = ArgumentCommand(
        "version", summary: "Shows the versions of this program and of the server.",
        options: [ArgumentOption("client", help: "Only of this program; asks no server.")])

    private static let nodes = ArgumentCommand(
        "nodes", summary: "Shows the nodes that keep the state, and which of them vote.",
        discussion: """
            ROLE is what a node is to the cluster, CLASS whether what it has acknowledged
            outlives a crash, LAG how long it lets a command wait for an answer. Ends with
            status 5 when too few vote, and with 7 when --compare finds that they differ.
            """,
        options: [
            ArgumentOption(
                "compare",
                help: "Asks each node about each lock, and counts the locks of which it says "
                    + "something else than a quorum.")
        ])

    private static let cluster = ArgumentCommand(
        "cluster", summary: "Makes a cluster of nodes.",
        subcommands: [
            ArgumentCommand(
                "init",
                summary: "Makes a new cluster of the server's nodes, all of which must be empty.",
                discussion: """
                    Ends with status 7 when a node is not empty or does not answer, as when it was
                    done before.
                    """)
        ])

    private static let advanceClock = ArgumentCommand(
        "advance-clock", summary: "Lets time pass on a server started with --manual-clock.",
        operands: ["TIME"])
}
