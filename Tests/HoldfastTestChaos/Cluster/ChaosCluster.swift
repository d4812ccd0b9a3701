package import Holdfast
package import HoldfastBase
import HoldfastSystem
import Synchronization

/// Real nodes and servers of one run, and what the run did to them.
///
/// Nodes and servers keep their ports when they are killed and started again. Whatever makes a node
/// forget is written to the history, so that the checkers excuse what is not promised.
package final class ChaosCluster: Sendable {
    package let shape: ClusterShape
    package let scratch: Scratch
    package let nodes: [RedisProcess]
    package let servers: [ServerProcess]
    /// By server, then by node; empty without proxies.
    package let nodeProxies: [[ProxyProcess]]
    package let serverProxies: [ProxyProcess]
    let journal: HistoryFile
    /// Nodes whose clock was set back: what they hold may end as much later.
    private let late = Mutex(Set<Int>())
    private let watchers: [HoldfastClient]

    private init(
        _ shape: ClusterShape, _ scratch: Scratch, _ nodes: [RedisProcess],
        _ servers: [ServerProcess], _ nodeProxies: [[ProxyProcess]],
        _ serverProxies: [ProxyProcess]
    ) throws {
        self.shape = shape
        self.scratch = scratch
        self.nodes = nodes
        self.servers = servers
        self.nodeProxies = nodeProxies
        self.serverProxies = serverProxies
        journal = try HistoryFile(scratch["run.history"])
        journal.nodeCount(shape.nodes)
        watchers = try servers.map { server in
            try HoldfastClient(Self.configuration(scratch, [server.port]))
        }
    }

    /// Starts everything and waits until all nodes vote on all servers.
    package static func start(
        _ shape: ClusterShape, in scratch: Scratch? = nil
    ) async throws -> ChaosCluster {
        let scratch = try scratch ?? Scratch()
        try ClusterCertificates.write(to: scratch)
        var nodes: [RedisProcess] = []
        for number in 0..<shape.nodes {
            let node = try RedisProcess(
                number, in: scratch["node\(number)"], shape.persistence,
                hasClock: shape.hasClocks, diskBytes: shape.diskBytes)
            try await node.start()
            nodes.append(node)
        }
        var proxies: [[ProxyProcess]] = []
        var servers: [ServerProcess] = []
        for number in 0..<shape.servers {
            var ports = nodes.map(\.port)
            if shape.hasNodeProxies {
                var mine: [ProxyProcess] = []
                for port in ports { mine.append(try await ProxyProcess(to: port, in: scratch)) }
                ports = mine.map(\.port)
                proxies.append(mine)
            }
            let server = try ServerProcess(number, arguments(shape, ports, scratch), in: scratch)
            try server.start()
            servers.append(server)
        }
        var fronts: [ProxyProcess] = []
        if shape.hasServerProxies {
            for server in servers {
                fronts.append(try await ProxyProcess(to: server.port, in: scratch))
            }
        }
        let cluster = try ChaosCluster(shape, scratch, nodes, servers, proxies, fronts)
        try await cluster.healthy()
        return cluster
    }

    private static func arguments(
        _ shape: ClusterShape, _ ports: [Int], _ scratch: Scratch
    ) -> [String] {
        [
            "--redis-nodes", ports.map { "127.0.0.1:\($0)" }.joined(separator: ","),
            "--cluster-form", "true", "--cluster-node-budget",
            "\(shape.nodeBudget.millisecondsRoundedUp)ms", "--drain-grace",
            "\(shape.drainGrace.millisecondsRoundedUp)ms", "--tls-certificate",
            scratch["server.pem"], "--tls-key", scratch["server-key.pem"], "--tls-client-ca",
            scratch["ca.pem"],
        ]
    }

    /// Ends everything.
    package func stop() {
        for watcher in watchers { watcher.close() }
        for server in servers { server.kill() }
        for node in nodes { node.kill() }
    }

    // MARK: Callers

    package static func configuration(_ scratch: Scratch, _ ports: [Int]) -> ChannelConfiguration {
        ChannelConfiguration(
            endpoints: ports.map { Endpoint(host: "127.0.0.1", port: $0) },
            trustedCA: scratch["ca.pem"], certificate: scratch["client.pem"],
            privateKey: scratch["client-key.pem"], connectTimeout: .seconds(1),
            backOffMax: .milliseconds(300))
    }

    /// Where callers find the servers, the one with that number first.
    package func ports(from first: Int = 0) -> [Int] {
        servers.indices.map { index in
            let server = (index + first) % servers.count
            return shape.hasServerProxies ? serverProxies[server].port : servers[server].port
        }
    }

    /// Gives `body` a client of one server.
    package func client<Result>(
        of server: Int, _ body: (HoldfastClient) async throws -> Result
    ) async throws -> Result {
        let port = ports(from: server)[0]
        return try await withHoldfast(Self.configuration(scratch, [port]), body)
    }

    // MARK: How it is

    package func listNodes(of server: Int) async throws -> ListNodesResponse {
        try await watchers[server].admin.listNodes(
            ListNodesRequest(), options: CallOptions(timeout: .seconds(5)))
    }

    /// Waits until every server says of a node what is wanted.
    @discardableResult
    package func node(
        _ number: Int, within limit: Interval = .seconds(30), is isMeant: (NodeInfo) -> Bool
    ) async throws -> NodeInfo {
        var seen = ""
        var found: NodeInfo?
        for server in servers.indices {
            let told: NodeInfo = try await eventually(
                "what server \(server) says of node \(number): \(seen)", within: limit,
                every: .milliseconds(50)
            ) {
                try servers[server].mustRun()
                let node: NodeInfo
                do {
                    node = try await listNodes(of: server).nodes[number]
                } catch {
                    seen = "\(error)"
                    return nil
                }
                seen = "\(node.state) \(node.reason)"
                return isMeant(node) ? node : nil
            }
            found = told
        }
        return try found ?? { throw ChaosFailure("no server") }()
    }

    /// Waits until all nodes vote on all servers, and these are ready.
    package func healthy(within limit: Interval = .seconds(40)) async throws {
        for node in nodes.indices {
            try await self.node(node, within: limit) { $0.state == .voting }
        }
        for server in servers {
            var seen = ""
            try await eventually(
                "server \(server.number) is ready: \(seen)", within: limit
            ) {
                try server.mustRun()
                let page = server.page("/readyz")
                seen = page?.body ?? "no answer"
                return page?.status == 200
            }
        }
    }

    // MARK: What was done to it

    func noteSetBack(_ node: Int) { late.withLock { _ = $0.insert(node) } }

    var lateNodes: Set<Int> { late.withLock { $0 } }

    /// Notes that a node forgets while `body` runs.
    package func forgetting<Result>(
        _ node: Int, _ body: () async throws -> Result
    ) async throws -> Result {
        let from = Clocks.now()
        defer { journal.forgot(node, from: from, until: Clocks.now()) }
        return try await body()
    }
}
