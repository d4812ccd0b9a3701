import HoldfastBase

extension Setting {
    /// Every setting, in the order in which help and documentation show them.
    package static let table: [Setting] = basics + tls + nodes + operations + limits

    private static let basics: [Setting] = [
        Setting(
            "listen", .addresses(\.listen, canBeOff: false),
            help: "Addresses where callers connect, with TLS."),
        Setting(
            "ops_listen", .addresses(\.opsListen, canBeOff: true),
            help: "Addresses of the plain HTTP listener for /livez, /readyz, /healthz and "
                + "/metrics; keep it off networks you do not trust."),
        Setting(
            "node_id", .name(\.nodeID, preset: "host name and port of the first listen address"),
            help: "Name of this server among its equals."),
        Setting(
            "cluster_id", .name(\.clusterID, preset: ""),
            help: "Name of the cluster; servers and nodes of another are refused."),
        Setting(
            "loops", .count(\.loops, 1...64),
            help: "Threads that serve connections."),
        Setting(
            "data_dir", .path(\.dataDirectory),
            help: "Folder for what the server makes itself, such as the development CA."),
    ]

    private static let tls: [Setting] = [
        Setting(
            "tls.certificate", .optionalPath(\.tls.certificateFile), reloadable: true,
            help: "Certificate chain of the server, PEM; without one, a development CA in "
                + "data_dir makes one."),
        Setting(
            "tls.key", .optionalPath(\.tls.keyFile), reloadable: true,
            help: "Key of tls.certificate, PEM."),
        Setting(
            "tls.client_ca", .optionalPath(\.tls.clientCAFile), reloadable: true,
            help: "Authorities that callers' certificates must come from, PEM."),
        Setting(
            "tls.require_client_certificate", .boolean(\.tls.requireClientCertificate),
            help: "Refuse callers without a certificate."),
        Setting(
            "tls.reload_interval",
            .time(\.tls.reloadInterval, .zero...Interval.seconds(86_400)),
            help: "How often certificate files are looked at for changes, 0 for only on SIGHUP."),
    ]

    private static let nodes: [Setting] = [
        Setting(
            "redis.nodes", .nodes(\.redis.nodes),
            help: "The Redis nodes that keep the state: 1, 3, 5 or 7, the same on every server and "
                + "in the same order. Off for one node in memory, which forgets when the server "
                + "ends."),
        Setting(
            "redis.username", .optionalName(\.redis.user),
            help: "Who to be to the nodes; without one, their default user."),
        Setting(
            "redis.password_file", .optionalPath(\.redis.passwordFile),
            help: "File whose first line is the password; read for each connection."),
        Setting(
            "redis.tls.ca", .optionalPath(\.redis.tls.caFile),
            help: "Authorities that certificates of nodes must come from, PEM; without, those of "
                + "the system."),
        Setting(
            "redis.tls.certificate", .optionalPath(\.redis.tls.certificateFile),
            help: "Certificate to show to nodes, PEM."),
        Setting(
            "redis.tls.key", .optionalPath(\.redis.tls.keyFile),
            help: "Key of redis.tls.certificate, PEM."),
        Setting(
            "redis.tls.server_name", .optionalName(\.redis.tls.serverName),
            help: "Name in the certificates of nodes; without, the host of the address."),
        Setting(
            "cluster.form", .boolean(\.cluster.mayForm),
            help: "Make a new cluster of the nodes as soon as all of them answer and are empty; "
                + "without, an operator does (holdfastctl cluster init)."),
        Setting(
            "cluster.node_budget",
            .time(\.cluster.nodeBudget, .milliseconds(10)...Interval.seconds(60)),
            help: "Time a node has to answer before the others decide without it."),
        Setting(
            "cluster.max_absence",
            .time(\.cluster.absenceMax, .seconds(1)...Interval.seconds(864_000)),
            help: "The longest that a node which may have forgotten grants stays out; otherwise "
                + "the longest time to live that was granted."),
    ]

    private static let operations: [Setting] = [
        Setting(
            "policy.file", .optionalPath(\.policyFile), reloadable: true,
            help: "Roles and who has them; without one, every accepted certificate may do "
                + "everything."),
        Setting(
            "log.level", .logLevel(\.logLevel), reloadable: true,
            help: "Least level that is logged."),
        Setting(
            "log.format", .logFormat(\.logFormat),
            help: "JSON lines or text; auto writes text on a terminal."),
    ]

    private static let limits: [Setting] = Limits.catalogue.map { limit in
        Setting(limit.name, .limit(limit), reloadable: true, help: limit.effect)
    }
}
