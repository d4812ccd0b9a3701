package import HoldfastBase

/// What `holdfastctl` can be told: the source of its parser and its help.
package enum ControlArguments {
    /// The command line, for `ArgumentParser`.
    package static let root = ArgumentCommand(
        "holdfastctl", summary: "Looks at Holdfast servers, and tells them what to do.",
        discussion: """
            Every option of the group Connection can also come from the environment; what
            is given on the command line wins. Without certificates, those that holdfastd
            makes for its first run in ./holdfast-data/dev-ca are used.
            """,
        options: connection + output,
        subcommands: [
            lock, session, elect, nodes, cluster, ping, status, connections, limits, health, drain,
            reload,
            logLevel, advanceClock, version,
        ], footer: ExitStatus.table)

    private static let connection = [
        ArgumentOption(
            "endpoint", short: "e", .values("HOST:PORT"),
            help: "A server; may be repeated. HOLDFAST_ENDPOINTS, with commas. "
                + "Default: \(ControlSettings.endpointDefault).",
            group: "Connection"),
        ArgumentOption(
            "ca", .value("FILE"),
            help: "Who signs the server's certificate; \"system\" trusts what this machine "
                + "trusts. HOLDFAST_CA.",
            group: "Connection"),
        ArgumentOption(
            "cert", .value("FILE"), help: "Your certificate. HOLDFAST_CERT.", group: "Connection"),
        ArgumentOption(
            "key", .value("FILE"), help: "Its private key. HOLDFAST_KEY.", group: "Connection"),
        ArgumentOption(
            "data-dir", .value("DIR"),
            help: "Where holdfastd has made its development certificates. HOLDFAST_DATA_DIR. "
                + "Default: \(ControlSettings.dataDirectoryDefault).",
            group: "Connection"),
        ArgumentOption(
            "server-name", .value("NAME"),
            help: "Name in the server's certificate, when it is not the host. "
                + "HOLDFAST_SERVER_NAME.",
            group: "Connection"),
        ArgumentOption(
            "timeout", .value("TIME"),
            help: "How long a call may take, as in 500ms or 1m. HOLDFAST_TIMEOUT. Default: 10s.",
            group: "Connection"),
    ]

    private static let output = [
        ArgumentOption(
            "output", short: "o", .value("FORM"),
            help: "table, or json: one document a line, with exact numbers. HOLDFAST_OUTPUT. "
                + "Default: table.",
            group: "Output"),
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
            Ends with status 5 when too few vote.
            """)

    private static let cluster = ArgumentCommand(
        "cluster", summary: "Makes a cluster of nodes.",
        subcommands: [
            ArgumentCommand(
                "init",
                summary: "Makes a new cluster of the server's nodes, all of which must be empty.",
                discussion: """
                    Ends with status 7 when a node is not empty or does not answer.
                    """)
        ])

    private static let advanceClock = ArgumentCommand(
        "advance-clock", summary: "Lets time pass on a server started with --manual-clock.",
        operands: ["TIME"])
}
