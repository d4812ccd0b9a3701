import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

/// A node that did not hear of a change of mode holds the grant, and not as its owner does.
@Suite("Modes", .serialized)
struct ModeStories {
    private let id = SessionID(high: 9, low: 9)
    private var open: CoordinationRequest { .openSession(id, ttlMilliseconds: 3000) }
    private var keep: CoordinationRequest { .keepAlive(id, ttlMilliseconds: 3000) }
    private let renew = CoordinationRequest.renew(
        names: ["a"], grant: grant(1), ttlMilliseconds: 30_000)

    private func to(_ mode: LockMode) -> CoordinationRequest {
        .change(names: ["a"], grant: grant(1), mode: mode)
    }

    private func locked(_ mode: LockMode) -> CoordinationRequest {
        var request = AcquireRequest(names: ["a"], grant: grant(1))
        request.session = id
        request.mode = mode
        return .acquire(request)
    }

    private func lost(_ outcome: Outcome?) -> [GrantID]? {
        if case .session(let state) = outcome { return state.lost }
        return nil
    }

    /// A grant of which two of three nodes know the change.
    private func changed(to mode: LockMode, inSession: Bool, servers: Int = 1) throws -> Bench {
        var bench = Bench(nodes: 3, servers: servers)
        let first: LockMode = mode == .exclusive ? .shared : .exclusive
        if inSession {
            _ = bench.get(open)
            _ = bench.get(locked(first))
        } else {
            _ = bench.get(acquire("a", 1, mode: first))
        }
        let call = bench.ask(to(mode))
        let tag = try #require(bench.links[0][2].commands.first?.tag)
        bench.links[0][2].commands.removeAll()
        bench.refuse(2, tag)
        bench.settle()
        #expect(bench.answers[call]?.granted?.strength == 2)
        return bench
    }

    @Test("is told by the next renewal", arguments: [LockMode.exclusive, .shared], [true, false])
    func repaired(mode: LockMode, inSession: Bool) throws {
        var bench = try changed(to: mode, inSession: inSession)
        #expect(bench.mode(2) != mode)
        #expect(lost(bench.get(inSession ? keep : renew)) ?? [] == [])
        #expect(bench.mode(2) == mode)
        // From then on it counts, and nothing is left to be done.
        let before = bench.executed
        #expect(lost(bench.get(inSession ? keep : renew)) ?? [] == [])
        #expect(bench.executed == before.map { $0 + 1 })
        let isShared = bench.get(acquire("a", 2, mode: .shared))?.granted != nil
        #expect(isShared == (mode == .shared))
        #expect(bench.get(release("a", 1)) == .released(true))
        if inSession { #expect(lost(bench.get(keep)) == []) }
        for node in bench.nodes { #expect(node.contents.held == (mode == .shared ? 1 : 0)) }
    }

    @Test("does not count for an exclusive grant", arguments: [true, false])
    func uncounted(inSession: Bool) throws {
        var bench = try changed(to: .exclusive, inSession: inSession)
        bench.links[0][1].isStalled = true
        let call = bench.ask(inSession ? keep : renew)
        bench.settle()
        bench.pass(600)
        if inSession {
            #expect(lost(bench.answers[call]) == [grant(1)])
        } else {
            #expect(bench.answers[call]?.failure?.code == .unknown)
        }
    }

    @Test("does not count at a server that has not seen the change", arguments: [false, true])
    func elsewhere(known: Bool) throws {
        var bench = Bench(nodes: 3, servers: 2)
        _ = bench.get(open)
        _ = bench.get(locked(.shared))
        // What the other server knows is of before the change.
        if known { #expect(lost(bench.get(keep, server: 1)) == []) }
        let call = bench.ask(to(.exclusive))
        let tag = try #require(bench.links[0][2].commands.first?.tag)
        bench.links[0][2].commands.removeAll()
        bench.refuse(2, tag)
        bench.settle()
        #expect(bench.answers[call]?.granted?.strength == 2)
        bench.links[1][1].isStalled = true
        let kept = bench.ask(keep, server: 1)
        bench.settle()
        bench.pass(600)
        guard case .session(let state) = bench.answers[kept] else {
            Issue.record("not kept")
            return
        }
        #expect(state.count == 0)
        #expect(state.lost == (known ? [grant(1)] : []))
    }

    @Test("is told by a server that has not seen the change", arguments: [false, true])
    func repairedElsewhere(known: Bool) throws {
        var bench = Bench(nodes: 3, servers: 2)
        _ = bench.get(open)
        _ = bench.get(locked(.shared))
        if known { #expect(lost(bench.get(keep, server: 1)) == []) }
        let call = bench.ask(to(.exclusive))
        let tag = try #require(bench.links[0][2].commands.first?.tag)
        bench.links[0][2].commands.removeAll()
        bench.refuse(2, tag)
        bench.settle()
        #expect(bench.answers[call]?.granted != nil)
        guard case .session(let state) = bench.get(keep, server: 1) else {
            Issue.record("not kept")
            return
        }
        #expect(state.count == 1)
        #expect(state.lost == [])
        for node in 0..<3 { #expect(bench.mode(node) == .exclusive) }
    }

    /// The try is given up; what the node has made of it is turned back, as often as need be.
    @Test("has become exclusive for nothing, and is told so when it is back", arguments: [0, 1])
    func turnedBack(how: Int) throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1, mode: .shared))
        for node in 1..<3 { bench.links[0][node].isStalled = true }
        let call = bench.ask(to(.exclusive))
        bench.execute(0, 0)
        for _ in 0..<2 { bench.cut(0, 0) }
        bench.pass(600)
        #expect(bench.answers[call]?.failure != nil)
        for node in 1..<3 {
            bench.links[0][node].commands.removeAll()
            bench.cut(0, node)
            bench.connect(0, node)
        }
        bench.settle()
        #expect(bench.mode(0) == .exclusive)
        // Later, its owner may have made it exclusive after all.
        var fence: Fence = 0
        if how == 1 {
            fence = UInt64(bench.milliseconds + 1) * 1000
            _ = bench.tamper(
                0, .change(names: ["a"], grant: grant(1), mode: .shared, proposed: 0))
            _ = bench.tamper(
                0,
                .change(names: ["a"], grant: grant(1), mode: .exclusive, proposed: fence))
        }
        bench.connect(0, 0)
        bench.pass(2000)
        #expect(bench.mode(0) == (how == 1 ? .exclusive : .shared))
    }

    @Test("that others share the lock with on a node that missed it, that node never counts")
    func sharedThere() throws {
        var bench = try changed(to: .exclusive, inSession: true)
        bench.share("a", 7, on: 2)
        for _ in 0..<3 {
            #expect(lost(bench.get(keep)) == [])
            #expect(bench.mode(2) == .shared)
        }
        bench.links[0][1].isStalled = true
        let call = bench.ask(keep)
        bench.pass(600)
        #expect(lost(bench.answers[call]) == [grant(1)])
    }

    @Test("a repeat of the request that made a grant does not change its mode back")
    func repeated() throws {
        var bench = try changed(to: .exclusive, inSession: true)
        #expect(bench.get(locked(.shared))?.granted != nil)
        #expect(lost(bench.get(keep)) == [])
        for node in 0..<2 { #expect(bench.mode(node) == .exclusive) }
        #expect(bench.get(acquire("a", 2, mode: .shared))?.granted == nil)
    }
}

extension Bench {
    /// In which mode a node has the lock "a".
    fileprivate mutating func mode(_ node: NodeIndex) -> LockMode? {
        guard case .locks(let views) = tamper(node, .read(names: ["a"])) else { return nil }
        return views.first?.grants.first?.mode
    }

    /// One node has another who shares a lock.
    fileprivate mutating func share(_ name: String, _ number: UInt64, on node: NodeIndex) {
        var step = AcquireStep(names: [name], grant: grant(number), mode: .shared)
        step.ttlMilliseconds = 1_000_000
        _ = tamper(node, .acquire(step))
    }
}
