package import HoldfastBase
internal import HoldfastCoordination
internal import HoldfastRPC
internal import HoldfastRuntime
internal import HoldfastWire

/// The part of a server that decides about locks: its driver, and what operators ask of it.
extension ServerInstance {
    static let coordinationServices = [
        LockService.name, SessionService.name, WatchService.name, ElectionService.name,
    ]

    static func driver(
        _ configuration: ServerConfiguration, on loop: EventLoop, _ isClockManual: Bool,
        _ incarnation: [UInt8], _ logger: Logger, _ health: HealthBoard
    ) throws -> BrainDriver {
        // Nobody has voted yet.
        health.setImpaired(coordinationServices, true)
        return BrainDriver(
            on: loop, cluster(configuration), endpoints: try endpoints(configuration),
            marker: number(incarnation),
            isManual: isClockManual,
            observer: BrainDriver.Observer(
                nodeChanged: { node, change in log(node, change, logger) },
                quorumChanged: { hasQuorum in
                    health.setImpaired(coordinationServices, !hasQuorum)
                    logger.log(
                        hasQuorum ? .notice : .error,
                        hasQuorum ? "a quorum of nodes votes" : "no quorum of nodes votes",
                        in: "nodes")
                }), callsMax: configuration.limits.lockCallsMax)
    }

    private static func cluster(_ configuration: ServerConfiguration) -> ClusterConfiguration {
        let digest = SHA256.digest(of: Array(configuration.clusterID.utf8))
        let redis = configuration.redis
        var cluster = ClusterConfiguration(
            cluster: number(digest), nodes: max(1, redis.nodes.count))
        // The node in memory is new with every start, and nobody else's.
        cluster.mayForm = configuration.cluster.mayForm || redis.nodes.isEmpty
        cluster.nodeBudget = configuration.cluster.nodeBudget
        cluster.absenceMax = configuration.cluster.absenceMax
        return cluster
    }

    /// How to reach the Redis nodes.
    private static func endpoints(_ configuration: ServerConfiguration) throws -> [NodeEndpoint] {
        let redis = configuration.redis
        let context =
            redis.nodes.contains(where: \.usesTLS)
            ? try NodeEndpoint.context(
                trustedCA: redis.tls.caFile, certificate: redis.tls.certificateFile,
                key: redis.tls.keyFile) : nil
        return redis.nodes.map { address in
            NodeEndpoint(
                address: address, user: redis.user,
                secret: redis.passwordFile.map { .file($0) } ?? .none,
                context: address.usesTLS ? context : nil, serverName: redis.tls.serverName)
        }
    }

    private static func number(_ bytes: [UInt8]) -> UInt64 {
        bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func log(_ node: Int, _ change: NodeChange, _ logger: Logger) {
        switch change {
        case .formed:
            logger.log(.notice, "the node was made a member", in: "nodes", ["node": .number(node)])
        case .voting: logger.log(.info, "the node votes", in: "nodes", ["node": .number(node)])
        case .notVoting(let why):
            // Every cluster begins with empty nodes, and the one in memory every time.
            logger.log(
                why == "is empty" ? .info : .warning, "the node does not vote", in: "nodes",
                ["node": .number(node), "why": .text(why)])
        case .clockStepped(let milliseconds):
            logger.log(
                .warning, "the node's wall clock was set", in: "nodes",
                ["node": .number(node), "milliseconds": .integer(milliseconds)])
        case .readmitted(let epoch):
            logger.log(
                .notice, "the node was made a member again", in: "nodes",
                ["node": .number(node), "epoch": .number(epoch)])
        }
    }

    // MARK: Operators

    package func coordination() async -> CoordinationFacts? {
        await driver.ask { $0.facts() }
    }

    package func formCluster() async {
        await driver.ask { $0.formAsked() }
    }

    package var hasManualClock: Bool { driver.isManual }

    package func advanceClock(by interval: Interval) async -> Interval? {
        await driver.ask { $0.advance(by: interval) }
    }
}
