import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

@Suite("Nodes", .serialized)
struct ClusterStories {
    @Test("empty nodes that all answer become a cluster; one alone does not")
    func formation() {
        let bench = Bench(nodes: 3)
        #expect(bench.servers[0].cluster.voters.count == 3)
        #expect(bench.servers[0].cluster.epoch == 1)
    }

    @Test("a node that restarted empty votes again only when its promises are over, in a new epoch")
    func readmission() throws {
        var bench = Bench(nodes: 3)
        let granted = try #require(bench.get(acquire("a", 1, ttl: 5000))?.granted)
        bench.restart(1)
        #expect(bench.servers[0].cluster.voters.count == 2)
        bench.pass(4500)
        #expect(bench.servers[0].cluster.voters.count == 2)
        bench.pass(3000)
        #expect(bench.servers[0].cluster.voters.count == 3)
        #expect(bench.servers[0].cluster.epoch == 3)
        let next = try #require(bench.get(acquire("a", 2))?.granted)
        #expect(next.fence > granted.fence)
        #expect(next.strength >= 2)
    }

    @Test("two servers admit a node without harm")
    func twoServers() {
        var bench = Bench(nodes: 3, servers: 2)
        _ = bench.get(acquire("a", 1, ttl: 1000))
        bench.restart(0)
        bench.pass(10_000)
        for server in 0..<2 {
            #expect(bench.servers[server].cluster.voters.count == 3)
            #expect(
                bench.get(acquire("b\(server)", UInt64(10 + server)), server: server)?.granted
                    != nil)
        }
    }

    @Test(
        "with more forgetful nodes than the minority there is no service, and the reasons are told")
    func tooMany() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1, ttl: 1000))
        bench.restart(0)
        bench.restart(1)
        bench.pass(20_000)
        let failure = try #require(bench.get(acquire("b", 2))?.failure)
        #expect(failure.code == .unavailable)
        #expect(failure.nodes.map(\.node) == [0, 1])
    }

    @Test("a flushed node is noticed by the first command, and nothing counts on it")
    func flushed() throws {
        var bench = Bench(nodes: 3)
        let first = try #require(bench.get(acquire("a", 1))?.granted)
        bench.nodes[2] = MemoryNode()
        #expect(bench.get(acquire("a", 2))?.notHeld != nil)
        #expect(bench.servers[0].cluster.voters == NodeSet([0, 1]))
        _ = bench.get(release("a", 1))
        let next = try #require(bench.get(acquire("a", 3))?.granted)
        #expect(next.fence > first.fence)
    }

    @Test("without a quorum the answer names the nodes; a silent node costs its budget once")
    func silent() throws {
        var bench = Bench(nodes: 3)
        bench.links[0][0].isStalled = true
        let call = bench.ask(acquire("a", 1))
        bench.settle()
        #expect(bench.answers[call]?.granted != nil)
        bench.links[0][1].isStalled = true
        let second = bench.ask(acquire("b", 2))
        bench.settle()
        bench.pass(600)
        let failure = try #require(bench.answers[second]?.failure)
        #expect(failure.code == .unavailable)
        #expect(failure.nodes.map(\.node) == [0, 1])
        bench.links[0][0].isStalled = false
        bench.links[0][1].isStalled = false
        bench.settle()
        // What arrived late was taken back.
        #expect(bench.get(acquire("b", 3))?.granted != nil)
    }

    @Test("nodes that refuse are named with their reason")
    func refusing() throws {
        var bench = Bench(nodes: 3)
        for node in 0..<3 { bench.links[0][node].isStalled = true }
        let call = bench.ask(acquire("a", 1))
        // However often it is tried.
        for _ in 0..<100 where bench.answers[call] == nil {
            for node in 0..<3 {
                let commands = bench.links[0][node].commands
                bench.links[0][node].commands = []
                for command in commands {
                    bench.servers[0].replied(
                        node, tag: command.tag, .failed(.refusedByNode("its memory is full")),
                        at: bench.moment(0))
                }
            }
            bench.pass(10)
        }
        let failure = try #require(bench.answers[call]?.failure)
        #expect(failure.code == .unavailable)
        // The third need not have answered when it was decided.
        #expect(failure.nodes.count >= 2)
        #expect(failure.nodes.allSatisfy { $0.reason == "its memory is full" })
    }

    @Test("servers whose clocks differ by 100 ms agree in one round")
    func skewed() throws {
        var bench = Bench(nodes: 3, servers: 2, skew: [100, 0])
        var last: Fence = 0
        for number in 1...50 as ClosedRange<UInt64> {
            let server = Int(number % 2)
            let before = bench.executed
            let granted = try #require(bench.get(acquire("a", number), server: server)?.granted)
            #expect(granted.fence > last)
            #expect(bench.executed == before.map { $0 + 1 })
            last = granted.fence
            _ = bench.get(release("a", number), server: server)
        }
    }

    @Test("a clock that is far ahead is refused")
    func farAhead() {
        var bench = Bench(nodes: 3, servers: 2, skew: [0, 5000])
        #expect(bench.get(acquire("a", 1), server: 1)?.failure?.code == .clockSkew)
        #expect(bench.get(acquire("a", 2), server: 0)?.granted != nil)
    }
}

extension Bench {
    /// The node's process is another one now, and empty.
    mutating func restart(_ node: NodeIndex) {
        nodes[node] = MemoryNode()
        lives[node] += 1000
        for server in servers.indices {
            cut(server, node)
            connect(server, node)
        }
        settle()
    }
}
