import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

/// A caller that sends its request again while the server still waits for it.
@Suite("Repeated requests", .serialized)
struct RepeatStories {
    private func renewed(
        _ number: UInt64, wait: UInt64 = 0, waited: UInt64 = 0
    ) -> CoordinationRequest {
        var request = AcquireRequest(names: ["a"], grant: grant(number))
        request.ttlMilliseconds = 3000
        request.waitMilliseconds = wait
        request.waitedMilliseconds = waited
        request.renewIntervalMilliseconds = 1000
        return .acquire(request)
    }

    /// The caller counts its deadline from its last sending and what it is told here.
    @Test("who sends a waiting request again is told how long that one waited")
    func waitedSinceSending() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1))
        bench.ask(acquire("a", 2, wait: 60_000))
        bench.pass(10_000)
        let sent = bench.milliseconds
        let again = bench.ask(acquire("a", 2, wait: 60_000))
        bench.pass(2000)
        _ = bench.get(release("a", 1))
        bench.pass(30)
        let granted = try #require(bench.answers[again]?.granted)
        #expect(sent + Int64(granted.waitedMilliseconds) <= bench.milliseconds)
    }

    @Test("a try that began before the last sending gives no deadline to it")
    func tryBeforeSending() throws {
        var bench = Bench(nodes: 3)
        bench.links[0][1].isStalled = true
        bench.links[0][2].isStalled = true
        bench.ask(acquire("a", 2, ttl: 1000, wait: 60_000))
        bench.settle()
        for node in 1...2 { bench.execute(0, node) }
        bench.milliseconds += 400
        let sent = bench.milliseconds
        let again = bench.ask(acquire("a", 2, ttl: 1000, wait: 60_000))
        bench.links[0][1].isStalled = false
        bench.links[0][2].isStalled = false
        bench.settle()
        let granted = try #require(bench.answers[again]?.granted)
        let deadline = sent + Int64(granted.waitedMilliseconds) + 988
        bench.pass(deadline - bench.milliseconds)
        #expect(bench.get(acquire("a", 3))?.notHeld != nil)
    }

    @Test("a grant is renewed while the connection lives that its request came by last")
    func renewedForTheLastConnection() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1))
        bench.ask(renewed(2, wait: 60_000), connection: 1)
        bench.settle()
        let again = bench.ask(renewed(2, wait: 60_000), connection: 2)
        _ = bench.get(release("a", 1))
        bench.pass(30)
        #expect(bench.answers[again]?.granted != nil)
        bench.servers[0].connectionEnded(1, at: bench.moment(0))
        bench.pass(5000)
        #expect(bench.get(acquire("a", 3))?.notHeld != nil)
        bench.servers[0].connectionEnded(2, at: bench.moment(0))
        bench.pass(5000)
        #expect(bench.get(acquire("a", 3))?.granted != nil)
    }

    @Test("a request that is repeated is renewed no more often for it")
    func renewedOnce() throws {
        var bench = Bench(nodes: 3)
        for _ in 0..<50 { #expect(bench.get(renewed(1))?.granted != nil) }
        let timers = bench.servers[0].contents.timers
        bench.pass(10_000)
        #expect(bench.servers[0].contents.timers <= timers)
        let before = bench.executed[0]
        bench.pass(10_000)
        // Ten renewals, and each second a heartbeat and a sweep.
        #expect(bench.executed[0] - before <= 40)
    }

    @Test("the id of a request that waits for one lock is of no use for another")
    func otherNames() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1))
        let waiting = bench.ask(acquire("a", 2, wait: 60_000))
        bench.settle()
        let other = bench.ask(acquire("b", 2, wait: 60_000))
        bench.settle()
        #expect(bench.answers[waiting] == nil)
        #expect(bench.answers[other]?.failure?.code == .conflict)
        _ = bench.get(release("b", 2))
        #expect(bench.answers[waiting] == nil)
        _ = bench.get(release("a", 1))
        bench.pass(30)
        #expect(bench.answers[waiting]?.granted != nil)
    }

    @Test("a release of other locks ends no renewal")
    func otherNamesReleased() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(renewed(1))
        #expect(bench.get(release("b", 1)) == .released(false))
        bench.pass(10_000)
        #expect(bench.get(acquire("a", 2))?.notHeld != nil)
    }

    @Test("a repeat finds the grant only where it has all the locks", arguments: [1, 3])
    func partOfIt(nodes: Int) throws {
        var bench = Bench(nodes: nodes)
        let both = CoordinationRequest.acquire(AcquireRequest(names: ["a", "b"], grant: grant(1)))
        #expect(bench.get(both)?.granted != nil)
        #expect(bench.get(release("b", 1)) == .released(true))
        #expect(bench.get(acquire("b", 2))?.granted != nil)
        #expect(bench.get(both)?.granted == nil)
        #expect(bench.get(acquire("a", 3))?.notHeld?.refusal.holder == grant(1))
    }

    @Test("two tries of one holder that both fail leave nothing behind")
    func failedJoin() throws {
        var bench = Bench(nodes: 3)
        func entering(_ number: UInt64) -> CoordinationRequest {
            var request = AcquireRequest(names: ["a"], grant: grant(number))
            request.holder = "me"
            request.isReentrant = true
            return .acquire(request)
        }
        let calls = [bench.ask(entering(1)), bench.ask(entering(2))]
        for node in 1...2 { bench.links[0][node].isStalled = true }
        bench.deliver(0, 0)
        // Somebody else is first on the other two.
        for node in 1...2 {
            let commands = bench.links[0][node].commands
            bench.links[0][node].commands = []
            bench.links[0][node].isStalled = false
            bench.links[0][0].isStalled = true
            _ = bench.ask(acquire("a", 3))
            bench.links[0][0].commands = []
            bench.links[0][0].isStalled = false
            bench.links[0][3 - node].commands.removeAll { command in
                if case .acquire(let step) = command.command { return step.grant == grant(3) }
                return false
            }
            bench.deliver(0, node)
            bench.links[0][node].commands = commands
        }
        bench.settle()
        for call in calls { #expect(bench.answers[call]?.notHeld != nil) }
        bench.pass(600)
        #expect(bench.nodes[0].contents.held == 0)
    }

    @Test("who joined and is gone leaves the others in, and nothing of itself", arguments: [1, 2])
    func joinedAndGone(gone: UInt64) throws {
        var bench = Bench(nodes: 3)
        func entering(_ number: UInt64) -> CoordinationRequest {
            var request = AcquireRequest(names: ["a"], grant: grant(number))
            request.holder = "me"
            request.isReentrant = true
            request.ttlMilliseconds = 60_000
            return .acquire(request)
        }
        let calls = [bench.ask(entering(1)), bench.ask(entering(2))]
        for node in 0..<3 { for _ in 0..<2 { bench.execute(0, node) } }
        bench.end(calls[Int(gone) - 1])
        bench.settle()
        #expect(bench.answers[calls[Int(2 - gone)]]?.granted != nil)
        #expect(bench.get(release("a", 3 - gone)) == .released(true))
        for node in bench.nodes { #expect(node.contents.held == 0) }
    }
}
