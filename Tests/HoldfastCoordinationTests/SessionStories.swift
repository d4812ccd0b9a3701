import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

@Suite("Sessions", .serialized)
struct SessionStories {
    private let id = SessionID(high: 9, low: 9)

    private func locked(_ name: String, _ number: UInt64) -> CoordinationRequest {
        var request = AcquireRequest(names: [name], grant: grant(number))
        request.session = id
        return .acquire(request)
    }

    private func state(_ outcome: Outcome?) -> Outcome.SessionState? {
        if case .session(let state) = outcome { return state }
        return nil
    }

    private var open: CoordinationRequest { .openSession(id, ttlMilliseconds: 3000) }
    private var keep: CoordinationRequest { .keepAlive(id, ttlMilliseconds: 3000) }

    @Test("one renewal keeps all grants, and costs one command on each node")
    func renewal() throws {
        var bench = Bench(nodes: 3)
        #expect(state(bench.get(open)) != nil)
        for number in 1...100 as ClosedRange<UInt64> {
            #expect(bench.get(locked("l\(number)", number))?.granted != nil)
        }
        for _ in 0..<5 {
            bench.pass(2000)
            let before = bench.executed
            let state = try #require(self.state(bench.get(keep)))
            #expect(bench.executed == before.map { $0 + 1 })
            #expect(state.count == 100)
            #expect(state.lost == [])
        }
        #expect(bench.get(acquire("l7", 1000))?.notHeld != nil)
        bench.pass(3001)
        #expect(bench.get(acquire("l7", 1001))?.granted != nil)
        #expect(bench.get(keep)?.failure?.code == .noSession)
    }

    @Test("a node that the last renewal did not reach makes no grant")
    func lagging() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(open)
        bench.pass(1000)
        bench.links[0][2].isStalled = true
        let renewal = bench.ask(keep)
        bench.settle()
        #expect(state(bench.answers[renewal])?.strength == 2)
        bench.links[0][2].commands.removeAll()
        bench.links[0][2].isStalled = false
        // The session ends there a second before the caller has to stop.
        bench.links[0][1].isStalled = true
        let early = bench.ask(locked("a", 1))
        bench.settle()
        #expect(bench.answers[early] == nil)
        bench.pass(500)
        bench.links[0][1].isStalled = false
        bench.settle()
        let failure = try #require(bench.answers[early]?.failure)
        #expect(failure.nodes.contains { $0.node == 2 && $0.reason.contains("last renewal") })
        bench.pass(100)
        for node in bench.nodes { #expect(node.contents.held == 0) }
        // With the two that were reached it is made, and the third is told what they have.
        #expect(bench.get(locked("a", 2))?.granted?.strength == 2)
        #expect(state(bench.get(keep)) != nil)
        bench.links[0][1].isStalled = true
        #expect(bench.get(locked("b", 3))?.granted != nil)
    }

    /// A renewal is confirmed by others while a second round that counts the node is under way.
    @Test("a node that a renewal does not reach meanwhile makes no grant by its second round")
    func laggingMeanwhile() throws {
        var bench = Bench(nodes: 5)
        _ = bench.get(open)
        bench.pass(1000)
        // The fences of two nodes are ahead.
        for node in 1...2 {
            var step = AcquireStep(names: ["a"], grant: grant(9))
            step.ttlMilliseconds = 10
            step.proposed = UInt64(bench.milliseconds + 400) * 1000
            let identity = try #require(bench.nodes[node].gate?.identity)
            _ = bench.nodes[node].execute(
                .acquire(step), expecting: identity,
                microseconds: UInt64(bench.milliseconds * 1000))
        }
        bench.pass(20)
        for node in 0..<5 { bench.links[0][node].isStalled = true }
        let call = bench.ask(locked("a", 1))
        for node in 3...4 { bench.links[0][node].commands.removeAll() }
        let renewal = bench.ask(keep)
        for node in 0...2 {
            bench.execute(0, node)
            bench.answer(0, node)
        }
        // The first is still to be raised; of the renewal the third hears nothing.
        bench.links[0][2].commands.removeAll()
        for node in [1, 3, 4, 1] { bench.deliver(0, node) }
        #expect(state(bench.answers[renewal])?.strength == 3)
        bench.deliver(0, 0)
        #expect(bench.answers[call] == nil)
        for node in 0..<5 { bench.links[0][node].isStalled = false }
        bench.pass(100)
        #expect(try #require(bench.answers[call]?.granted).strength >= 3)
        #expect(state(bench.get(keep))?.lost == [])
    }

    @Test("who joined a grant is not forgotten when its first request is repeated")
    func joinedAndRepeated() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(open)
        func entering(_ number: UInt64) -> CoordinationRequest {
            var request = AcquireRequest(names: ["a"], grant: grant(number))
            request.session = id
            request.holder = "me"
            request.isReentrant = true
            return .acquire(request)
        }
        for number in [1, 2, 1] as [UInt64] {
            #expect(bench.get(entering(number))?.granted != nil)
        }
        let before = bench.executed
        #expect(state(bench.get(keep))?.count == 1)
        #expect(bench.executed == before.map { $0 + 1 })
        #expect(bench.get(release("a", 1)) == .released(true))
        #expect(state(bench.get(keep))?.count == 1)
        #expect(bench.get(release("a", 2)) == .released(true))
        #expect(state(bench.get(keep))?.count == 0)
    }

    @Test("a release of other locks takes nothing out of a session")
    func otherNamesReleased() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(open)
        _ = bench.get(locked("a", 1))
        #expect(bench.get(release("b", 1)) == .released(false))
        #expect(state(bench.get(keep))?.count == 1)
    }

    @Test("a grant needs a session that lives")
    func noSession() {
        var bench = Bench(nodes: 3)
        #expect(bench.get(locked("a", 1))?.failure?.code == .noSession)
    }

    @Test("closing a session frees everything, and wakes who waits")
    func close() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(open)
        _ = bench.get(locked("a", 1))
        _ = bench.get(locked("b", 2))
        let waiter = bench.ask(acquire("a", 3, wait: 60_000))
        bench.settle()
        #expect(bench.get(.closeSession(id)) == .done)
        bench.pass(20)
        #expect(bench.answers[waiter]?.granted != nil)
        #expect(bench.get(acquire("b", 4))?.granted != nil)
        bench.pass(2000)
        for node in bench.nodes { #expect(node.contents.sessions == 0) }
    }

    @Test("another server takes a session over, with its grants")
    func takenOver() throws {
        var bench = Bench(nodes: 3, servers: 2)
        _ = bench.get(open, server: 0)
        for number in 1...200 as ClosedRange<UInt64> {
            _ = bench.get(locked("l\(number)", number), server: 0)
        }
        let state = try #require(self.state(bench.get(keep, server: 1)))
        #expect(state.count == 200)
        #expect(state.lost == [])
        #expect(
            bench.get(.release(names: ["l1"], grant: grant(1), isSole: true), server: 1)
                == .released(true))
        let after = try #require(self.state(bench.get(keep, server: 1)))
        #expect(after.count == 199)
        #expect(after.lost == [])
    }

    @Test("a grant that one node lost is put back there, and is not lost")
    func restored() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(open)
        _ = bench.get(locked("a", 1))
        bench.forget(1, session: id)
        let first = try #require(state(bench.get(keep)))
        #expect(first.lost == [])
        #expect(first.count == 1)
        bench.forget(2, session: id)
        bench.pass(1)
        // Node 1 was given the grant again after the last renewal, and counts now.
        let second = try #require(state(bench.get(keep)))
        #expect(second.lost == [])
        #expect(second.count == 1)
    }

    @Test("a grant that fewer than a quorum have is lost, and the renewal says so")
    func lost() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(open)
        _ = bench.get(locked("a", 1))
        _ = bench.get(locked("b", 2))
        for node in [0, 2] {
            bench.lose("a", 1, on: node)
        }
        let state = try #require(self.state(bench.get(keep)))
        #expect(state.lost == [grant(1)])
        #expect(state.count == 1)
        #expect(bench.get(acquire("a", 3))?.granted != nil)
    }

    /// It is cut off at once or hangs for a while, or does not vote when the session is closed.
    @Test("a node that did not hear of a close is told again", arguments: [0, 1, 2])
    func closedLater(how: Int) throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(.openSession(id, ttlMilliseconds: 3_600_000))
        _ = bench.get(locked("a", 1))
        if how == 2 { bench.cut(0, 2) }
        bench.links[0][2].isStalled = true
        let call = bench.ask(.closeSession(id))
        bench.settle()
        #expect(bench.answers[call] == .done)
        if how == 1 { bench.pass(1000) }
        // What is sent again before the connection is known to be gone is lost too.
        for _ in 0..<2 where how < 2 { bench.cut(0, 2) }
        bench.pass(10_000)
        #expect(bench.nodes[2].contents.held == 1)
        bench.connect(0, 2)
        bench.pass(5000)
        #expect(bench.nodes[2].contents.held == 0)
        #expect(bench.nodes[2].contents.sessions == 0)
        #expect(bench.get(acquire("a", 2))?.granted != nil)
        #expect(bench.nodes[2].contents.held == 1)
    }

    @Test("a close that failed does not end a session that was kept alive since")
    func closedAndKept() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(open)
        _ = bench.get(locked("a", 1))
        let call = bench.ask(.closeSession(id))
        for _ in 0..<2 {
            for node in 0..<3 {
                for command in bench.links[0][node].commands {
                    bench.refuse(node, command.tag)
                }
                bench.links[0][node].commands.removeFirst()
            }
        }
        #expect(bench.answers[call]?.failure?.code == .unknown)
        #expect(state(bench.get(keep)) != nil)
        bench.pass(2000)
        #expect(state(bench.get(keep))?.count == 1)
    }

    /// The answer to the first was lost, or its second sending went to a server that is cut off.
    @Test("an open that is repeated and fails ends no session that is in use")
    func openedAgain() throws {
        var bench = Bench(nodes: 3, servers: 2)
        _ = bench.get(open)
        _ = bench.get(locked("a", 1))
        for server in 0..<2 {
            for node in 1..<3 { bench.links[server][node].isStalled = true }
            let call = bench.ask(open, server: server)
            bench.settle()
            bench.milliseconds += 600
            bench.pass(0)
            #expect(bench.answers[call]?.failure?.code == .unavailable)
            for node in 1..<3 { bench.links[server][node].isStalled = false }
            bench.settle()
            #expect(bench.nodes[0].contents.held == 1)
        }
        #expect(state(bench.get(keep))?.count == 1)
    }

    @Test("a renewal that finds too few nodes is no renewal")
    func tooFew() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(open)
        _ = bench.get(locked("a", 1))
        bench.links[0][0].isStalled = true
        bench.links[0][1].isStalled = true
        let call = bench.ask(keep)
        bench.settle()
        bench.pass(600)
        #expect(bench.answers[call]?.failure?.code == .unknown)
    }
}

extension Bench {
    /// Does something to one node behind everybody's back.
    @discardableResult
    mutating func tamper(_ node: NodeIndex, _ command: NodeCommand) -> NodeReply? {
        guard let identity = nodes[node].gate?.identity else { return nil }
        defer { _ = nodes[node].takeWakes() }
        return nodes[node].execute(
            command, expecting: identity, microseconds: UInt64(milliseconds * 1000))
    }

    /// The node refuses a command, for a reason of its own.
    mutating func refuse(_ node: NodeIndex, _ tag: UInt64) {
        links[0][node].replies.append((tag, .failed(.refusedByNode("busy"))))
        answer(0, node)
    }

    /// The node loses a session, as if it had expired there early.
    mutating func forget(_ node: NodeIndex, session: SessionID) {
        tamper(node, .closeSession(session))
        tamper(node, .sweep(limit: 1000))
    }

    /// The node loses one grant.
    mutating func lose(_ name: String, _ number: UInt64, on node: NodeIndex) {
        tamper(node, .release(ReleaseStep(names: [name], grant: grant(number))))
    }
}
