import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

/// Looking at locks and queues: what is told when, and what is known of whom.
@Suite struct ReadingStories {
    private func states(_ outcome: Outcome?) -> [LockState]? {
        if case .locks(let states)? = outcome { states } else { nil }
    }

    private func queue(_ outcome: Outcome?) -> QueueState? {
        if case .queue(let queue)? = outcome { queue } else { nil }
    }

    @Test(
        "who only looks waits a moment for all nodes, and not for the whole budget of one that hangs"
    )
    func aHungNodeIsNotWaitedFor() throws {
        var bench = Bench(nodes: 3)
        #expect(bench.get(acquire("a", 1))?.granted != nil)
        bench.links[0][2].isStalled = true
        let call = bench.ask(.read(names: ["a", "b"]))
        bench.settle()
        bench.pass(50)
        #expect(bench.answers[call] == nil)
        bench.pass(50)
        let told = try #require(states(bench.answers[call]))
        #expect(told[0].grants.map(\.grant) == [grant(1)] && told[0].strengths == [2])
        #expect(told[1].grants.isEmpty)
        #expect(told.allSatisfy { Set($0.perNode.keys) == [0, 1] })
        let listed = bench.ask(.list(prefix: "", after: "", limit: 10, list: 0))
        bench.settle()
        bench.pass(100)
        #expect(bench.answers[listed] == .names(["a"], next: nil))
        // The rounds are over when their budget is, whatever the node does then.
        bench.pass(500)
        #expect(bench.servers[0].contents.rounds == 0)
        bench.links[0][2].isStalled = false
        bench.settle()
        #expect(states(bench.get(.read(names: ["a"])))?.first?.strengths == [3])
    }

    @Test("where those that answered differ, the others are waited for: they decide")
    func whoDiffersIsNotBelieved() throws {
        var bench = Bench(nodes: 3, servers: 2)
        // On node 0 alone, by a server that then hears nothing more.
        for node in 1..<3 { bench.links[1][node].isStalled = true }
        bench.ask(acquire("a", 1), server: 1)
        bench.settle()
        bench.links[0][2].isStalled = true
        let call = bench.ask(.read(names: ["a"]))
        bench.settle()
        bench.pass(200)
        #expect(bench.answers[call] == nil)
        bench.links[0][2].isStalled = false
        bench.settle()
        let told = try #require(states(bench.answers[call])?.first)
        #expect(told.grants.isEmpty && told.perNode.count == 3)
    }

    @Test("a queue has all of this server's waiters, and the first of each other server")
    func queuesOfServers() throws {
        var bench = Bench(nodes: 3, servers: 2)
        #expect(bench.get(acquire("a", 1, ttl: 600_000))?.granted != nil)
        func wait(_ number: UInt64, on server: Int, mode: LockMode = .exclusive) -> CallID {
            defer {
                bench.settle()
                bench.pass(1000)
            }
            return bench.ask(acquire("a", number, wait: 600_000, mode: mode), server: server)
        }
        let first = wait(2, on: 0)
        _ = wait(3, on: 1, mode: .shared)
        _ = wait(4, on: 1)
        _ = wait(5, on: 0)
        let here = try #require(queue(bench.get(.queue(name: "a", limit: 10))))
        #expect(here.waiters.map(\.grant) == [grant(2), grant(3), grant(5)] && here.count == 3)
        #expect(here.waiters.map(\.isElsewhere) == [false, true, false])
        #expect(here.waiters.map(\.mode) == [.exclusive, .shared, .exclusive])
        #expect(here.waiters.map(\.waitedMilliseconds) == [4000, 3000, 1000])
        let there = try #require(queue(bench.get(.queue(name: "a", limit: 1), server: 1)))
        #expect(there.waiters.map(\.grant) == [grant(2)] && there.count == 3)
        bench.end(first)
        bench.settle()
        let rest = try #require(queue(bench.get(.queue(name: "a", limit: 10))))
        #expect(rest.waiters.map(\.grant) == [grant(3), grant(5)])
        let none = try #require(queue(bench.get(.queue(name: "b", limit: 10))))
        #expect(none.waiters.isEmpty && none.count == 0)
    }

    @Test("nodes that are all empty are no cluster yet, and that is said")
    func anUnformedCluster() {
        var configuration = ClusterConfiguration(cluster: 7, nodes: 1)
        configuration.mayForm = false
        var brain = Brain(configuration, server: 1, seed: 1)
        let moment = Moment(instant: .zero, wallMicroseconds: 1_000_000)
        brain.started(at: moment)
        brain.connected(0, NodeReadiness(marker: 1, isDurable: false), at: moment)
        brain.requested(1, .read(names: ["a"]), at: moment)
        var actions: [BrainAction] = []
        brain.takeActions(into: &actions)
        #expect(!message(in: actions).contains("cluster init"))
        for case .send(_, let tag, _, .readGate) in actions {
            brain.replied(0, tag: tag, .gate(nil, isEmpty: true), at: moment)
        }
        brain.requested(2, .read(names: ["a"]), at: moment)
        brain.takeActions(into: &actions)
        #expect(message(in: actions).contains("holdfastctl cluster init"))
    }

    private func message(in actions: [BrainAction]) -> String {
        for case .respond(_, .failed(let failure)) in actions { return failure.message }
        return ""
    }
}
