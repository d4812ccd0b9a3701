import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

/// What the simulator found, each as short as it can be told.
@Suite("Found by the simulator")
struct SimulatorStories {
    private let identity = GateIdentity(cluster: 7, epoch: 1, marker: 100)

    private func node(at milliseconds: UInt64) -> MemoryNode {
        var node = MemoryNode()
        _ = node.execute(
            .form(identity), expecting: identity, microseconds: milliseconds * 1000)
        return node
    }

    @Test("an older sending of a request, done late, does not take the grant back")
    func lateSending() throws {
        var bench = Bench(nodes: 3, servers: 2)
        for node in 0..<3 { bench.links[0][node].isStalled = true }
        let call = bench.ask(acquire("a", 1), server: 0)
        bench.pass(200)
        bench.end(call, server: 0)
        var again = AcquireRequest(names: ["a"], grant: grant(1))
        again.waitedMilliseconds = 200
        #expect(bench.get(.acquire(again), server: 1)?.granted != nil)
        for node in 0..<3 { bench.links[0][node].isStalled = false }
        bench.settle()
        #expect(bench.get(acquire("a", 2), server: 1)?.notHeld != nil)
    }

    @Test("a place in a queue that nobody takes again falls, though its server lives")
    func places() {
        var node = node(at: 1000)
        func ask(_ command: NodeCommand, at milliseconds: UInt64) -> NodeReply {
            node.execute(command, expecting: identity, microseconds: milliseconds * 1000)
        }
        for second in 1...30 as ClosedRange<UInt64> {
            _ = ask(
                .heartbeat(server: 1, leaseMilliseconds: 60_000, watchMilliseconds: 0),
                at: second * 1000)
        }
        var holder = AcquireStep(names: ["a"], grant: grant(1))
        holder.ttlMilliseconds = 1000
        _ = ask(.acquire(holder), at: 30_000)
        var waiter = AcquireStep(names: ["a"], grant: grant(2))
        waiter.ticket = 1
        waiter.waitingServer = 1
        waiter.ttlMilliseconds = 1000
        _ = ask(.acquire(waiter), at: 30_100)
        var other = AcquireStep(names: ["a"], grant: grant(3))
        other.ticket = 2
        other.ttlMilliseconds = 1000
        guard case .acquire(.held(let refusal)) = ask(.acquire(other), at: 32_000) else {
            Issue.record("the first in the queue comes first")
            return
        }
        #expect(refusal.reason == .queued)
        guard case .acquire(.granted) = ask(.acquire(other), at: 41_000) else {
            Issue.record("nobody waits any more")
            return
        }
    }

    @Test("a node that another server has admitted meanwhile is not admitted again")
    func admittedTwice() {
        var node = node(at: 1000)
        node = MemoryNode()
        let none = GateIdentity(cluster: 0, epoch: 0, marker: 0)
        func admit(_ epoch: UInt64) -> NodeReply {
            node.execute(
                .admit(
                    GateIdentity(cluster: 7, epoch: epoch, marker: 100), floor: 10,
                    longestTTL: 1000, learns: true), expecting: none, microseconds: 2_000_000)
        }
        #expect(admit(2) == .accepted(microseconds: 2_000_000))
        let present = GateIdentity(cluster: 7, epoch: 2, marker: 100)
        #expect(admit(3) == .refused(.other(present)))
        #expect(admit(2) == .accepted(microseconds: 2_000_000))
    }

    @Test("a clock that was ahead for a moment does not stay ahead")
    func clockAhead() throws {
        var bench = Bench(nodes: 1, skew: [0])
        #expect(bench.get(acquire("a", 1, ttl: 1000))?.granted != nil)
        bench.skew[0] = 3_600_000
        #expect(bench.get(acquire("b", 2))?.failure?.code == .clockSkew)
        bench.skew[0] = 0
        _ = bench.get(acquire("b", 3))
        #expect(bench.get(acquire("b", 4))?.granted != nil)
    }

    @Test("a node whose clock was set votes again after a while, without being admitted")
    func clockSet() {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1, ttl: 1000))
        let epoch = bench.servers[0].cluster.epoch
        bench.pass(1500)
        bench.clockOffset[2] = 5000
        bench.pass(1500)
        #expect(bench.servers[0].cluster.voters.count == 2)
        bench.pass(4000)
        #expect(bench.servers[0].cluster.voters.count == 3)
        #expect(bench.servers[0].cluster.epoch == epoch)
    }

    /// Node 2 has counted beyond the others, and says yes late: under a fence of its own, which it
    /// keeps until it is told that of the grant.
    @Test("a read counts no copy of another fence for the term that it tells")
    func strengthOfTerm() throws {
        var bench = Bench(nodes: 3, servers: 3, skew: [0, 100, 0])
        for node in 0..<2 { bench.links[1][node].isStalled = true }
        let early = bench.ask(acquire("a", 1), server: 1)
        bench.settle()
        bench.end(early, server: 1)
        bench.settle()
        bench.links[0][2].isStalled = true
        let term = try #require(bench.get(acquire("a", 2))?.granted?.fence)
        while !bench.links[0][2].commands.isEmpty { bench.execute(0, 2) }

        bench.links[2][0].isStalled = true
        let call = bench.ask(.read(names: ["a"]), server: 2)
        bench.settle()
        bench.pass(1000)
        guard case .locks(let states)? = bench.answers[call] else {
            Issue.record("two of three answer, which is enough")
            return
        }
        let told = try #require(states.first)
        #expect(told.perNode.count == 2)
        #expect(Set(told.perNode.values.flatMap(\.grants).map(\.fence)).count == 2)
        #expect(told.grants.map(\.fence) != [term])
        #expect(told.strengths == [1])
    }

    /// The waiter tries when it comes and when it is woken; between, its connection to a node breaks.
    @Test("the end of an earlier try, done late, does not take what a later one got")
    func lateTry() throws {
        var bench = Bench(nodes: 3)
        #expect(bench.get(acquire("a", 1))?.granted != nil)
        bench.links[0][2].isStalled = true
        let call = bench.ask(acquire("a", 2, wait: 60_000))
        bench.settle()
        bench.pass(4000)
        let late = bench.links[0][2].commands
        #expect(late.contains { if case .release = $0.command { true } else { false } })
        bench.cut(0, 2)
        bench.connect(0, 2)
        bench.settle()
        #expect(bench.get(release("a", 1)) == .released(true))
        bench.pass(4000)
        #expect(bench.answers[call]?.granted != nil)

        for delivery in late {
            _ = bench.nodes[2].execute(
                delivery.command, expecting: delivery.gate,
                microseconds: UInt64(bench.milliseconds * 1000))
        }
        guard case .locks(let states)? = bench.get(.read(names: ["a"])) else {
            Issue.record("all nodes answer")
            return
        }
        #expect(states.first?.grants.map(\.grant) == [grant(2)])
        #expect(states.first?.strengths == [3])
    }

    @Test("when a handling of a request is over, an acquire of none of its tries is granted")
    func buriedTries() {
        var node = node(at: 1000)
        func ask(_ command: NodeCommand) -> NodeReply {
            node.execute(command, expecting: identity, microseconds: 2_000_000)
        }
        var step = AcquireStep(names: ["a"], grant: grant(1))
        step.ttlMilliseconds = 1000
        var end = ReleaseStep(names: ["a"], grant: grant(1))
        end.claim = 5003
        end.isBuried = true
        _ = ask(.release(end))
        for claim in [5001, 5002, 5003] as [UInt64] {
            step.claim = claim
            #expect(ask(.acquire(step)) == .acquire(.buried))
        }
        // Of another server, to which the caller has gone.
        step.claim = 6001
        guard case .acquire(.granted) = ask(.acquire(step)) else {
            Issue.record("another handling of the request is not over")
            return
        }
    }

    /// Seed 6627.
    @Test("what is put back bears the fence that was told, or is not put back")
    func fenceOfALateYes() throws {
        var bench = Bench(nodes: 5)
        let told = try #require(bench.get(acquire("a", 1))?.granted?.fence)
        var late = AcquireStep(names: ["a"], grant: grant(1))
        late.ttlMilliseconds = 30_000
        late.proposed = told + 100
        let asked = (2...4).map { bench.servers[0].cluster.identity($0) }
        let now = UInt64(bench.milliseconds * 1000)
        // Two nodes forget the grant; a third has it only by an acquire that came late.
        for (node, gate) in zip(2...4, asked) {
            let step = ReleaseStep(names: ["a"], grant: grant(1))
            _ = bench.nodes[node].execute(.release(step), expecting: gate, microseconds: now)
        }
        _ = bench.nodes[3].execute(.acquire(late), expecting: asked[1], microseconds: now)
        let renewal = bench.get(.renew(names: ["a"], grant: grant(1), ttlMilliseconds: 30_000))
        guard case .renewed = renewal else {
            Issue.record("not renewed: \(String(describing: renewal))")
            return
        }
        bench.pass(100)
        let fences = (0..<5).flatMap { node -> [Fence] in
            let reply = bench.nodes[node].execute(
                .read(names: ["a"]), expecting: bench.servers[0].cluster.identity(node),
                microseconds: UInt64(bench.milliseconds * 1000))
            guard case .locks(let views) = reply else { return [] }
            return views[0].grants.map(\.fence)
        }
        #expect(fences.count { $0 == told } == 2)
        #expect(fences.count { $0 != told } == 1)
    }

    /// Seed 49772.
    @Test("an acquire that was given up tells no node of a fence")
    func lateVoteOfWhatWasGivenUp() throws {
        var bench = Bench(nodes: 3, servers: 2)
        for node in [0, 1] { bench.links[0][node].isStalled = true }
        let first = bench.ask(acquire("a", 1, mode: .shared))
        bench.settle()
        // Another reader raises the counters of the nodes that have not seen the first.
        bench.milliseconds += 50
        #expect(bench.get(acquire("a", 9, mode: .shared), server: 1)?.granted != nil)
        bench.end(first)
        bench.settle()
        bench.milliseconds += 50
        // The same request again, and then what was late comes all at once.
        let again = bench.ask(acquire("a", 1, mode: .shared))
        bench.settle()
        for node in [0, 1] { bench.links[0][node].isStalled = false }
        bench.settle()
        let told = try #require(bench.answers[again]?.granted?.fence)
        for node in 0..<3 {
            let reply = bench.nodes[node].execute(
                .read(names: ["a"]), expecting: bench.servers[0].cluster.identity(node),
                microseconds: UInt64(bench.milliseconds * 1000))
            guard case .locks(let views) = reply else { continue }
            let held = views[0].grants.first { $0.grant == grant(1) }
            #expect(held?.fence == told)
        }
    }

    /// Seed 372.
    @Test("who gives up waiting while no node votes leaves no place behind")
    func placesOfNobody() {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1))
        let call = bench.ask(acquire("a", 2, wait: 60_000))
        bench.settle()
        #expect(bench.nodes.allSatisfy { $0.contents.waiters == 1 })
        for node in 0..<3 { bench.cut(0, node) }
        // The next look at the lock finds nobody to ask.
        bench.pass(4_000)
        #expect(bench.answers[call]?.failure?.code == .unavailable)
        for node in 0..<3 { bench.connect(0, node) }
        bench.pass(1_500)
        #expect(bench.nodes.allSatisfy { $0.contents.waiters == 0 })
    }
}
