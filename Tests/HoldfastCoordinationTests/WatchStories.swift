import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

@Suite("Watches and the watchdog", .serialized)
struct WatchStories {
    /// What a watcher was told of a lock: by whom it is held.
    private func told(_ bench: Bench, _ call: CallID) -> [String] {
        (bench.events[call] ?? []).map { event in
            switch event {
            case .lock(let state, _):
                "\(state.name):\(state.grants.map { String($0.grant.low) }.joined(separator: "+"))"
            case .synced: "synced"
            case .lost(let grants): "lost \(grants.map(\.low))"
            case .sessionEnded: "ended"
            case .key, .keysRestarted: "key"
            }
        }
    }

    @Test("a watcher is told what is there, then what changes, also through other servers")
    func changes() {
        var bench = Bench(nodes: 3, servers: 2)
        bench.pass(1)
        _ = bench.get(acquire("a/1", 1))
        let watch = bench.ask(.watch(.prefix("a/"), resume: nil))
        bench.pass(300)
        #expect(told(bench, watch) == ["a/1:1", "synced"])
        _ = bench.get(acquire("a/2", 2), server: 1)
        _ = bench.get(acquire("b", 3), server: 1)
        bench.pass(300)
        _ = bench.get(release("a/1", 1))
        bench.pass(300)
        #expect(told(bench, watch) == ["a/1:1", "synced", "a/2:2", "a/1:"])
    }

    @Test("a grant that ends by itself is told when it does")
    func expired() {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1, ttl: 2000))
        let watch = bench.ask(.watch(.names(["a"]), resume: nil))
        bench.pass(1900)
        #expect(told(bench, watch) == ["a:1", "synced"])
        bench.pass(300)
        #expect(told(bench, watch) == ["a:1", "synced", "a:"])
    }

    @Test("versions rise, and a watch goes on where another ended")
    func resumed() throws {
        var bench = Bench(nodes: 3, servers: 2)
        let first = bench.ask(.watch(.names(["a"]), resume: nil))
        let other = bench.ask(.watch(.names(["a"]), resume: nil), server: 1)
        bench.pass(300)
        _ = bench.get(acquire("a", 1))
        bench.pass(300)
        let token = try #require(
            bench.events[first]?.compactMap { event in
                if case .synced(let token) = event { token } else { nil }
            }.last)
        bench.end(other, server: 1)
        _ = bench.get(release("a", 1))
        _ = bench.get(acquire("a", 2))
        let again = bench.ask(.watch(.names(["a"]), resume: token), server: 1)
        bench.pass(300)
        #expect(told(bench, again).first == "a:2")
        var versions: [UInt64] = []
        for event in bench.events[first] ?? [] {
            if case .lock(_, let version) = event { versions.append(version) }
        }
        #expect(versions == versions.sorted())
    }

    /// The last place that a watcher was given to resume from.
    private func token(_ bench: Bench, _ call: CallID) -> WatchToken? {
        bench.events[call]?.compactMap { event in
            if case .synced(let token) = event { token } else { nil }
        }.last
    }

    @Test("who resumes a watch is told of what became free meanwhile, and later")
    func resumedToFree() throws {
        var bench = Bench(nodes: 3, servers: 2)
        let first = bench.ask(.watch(.prefix("a/"), resume: nil))
        bench.pass(300)
        for number in 1...2 as ClosedRange<UInt64> { _ = bench.get(acquire("a/\(number)", number)) }
        bench.pass(300)
        bench.end(first)
        let again = bench.ask(.watch(.prefix("a/"), resume: nil))
        bench.pass(300)
        let place = try #require(token(bench, again))
        bench.end(again)
        _ = bench.get(release("a/1", 1))
        // The other server has never told anybody of these locks.
        let resumed = bench.ask(.watch(.prefix("a/"), resume: place), server: 1)
        bench.pass(300)
        #expect(told(bench, resumed) == ["a/1:", "a/2:2", "synced"])
        _ = bench.get(release("a/2", 2))
        bench.pass(300)
        #expect(told(bench, resumed) == ["a/1:", "a/2:2", "synced", "a/2:"])
    }

    @Test("a watch that is resumed beside another is told what that one knows already")
    func resumedBesideAnother() throws {
        var bench = Bench(nodes: 3)
        let first = bench.ask(.watch(.prefix("a/"), resume: nil))
        let other = bench.ask(.watch(.prefix("a/"), resume: nil))
        bench.pass(300)
        let place = try #require(token(bench, first))
        bench.end(first)
        _ = bench.get(acquire("a/1", 1))
        bench.pass(300)
        let resumed = bench.ask(.watch(.prefix("a/"), resume: place))
        bench.pass(300)
        #expect(told(bench, resumed) == ["a/1:1", "synced"])
        #expect(told(bench, other) == ["synced", "a/1:1"])
    }

    @Test("a watch that cannot go on from its token is refused, and begins anew")
    func notResumed() {
        var bench = Bench(nodes: 3)
        let foreign = WatchToken(places: [.init(marker: 1, sequence: 1)])
        let watch = bench.ask(.watch(.prefix(""), resume: foreign))
        bench.pass(300)
        #expect(bench.answers[watch]?.failure?.code == .conflict)
        let before = bench.executed
        bench.pass(500)
        #expect(zip(bench.executed, before).allSatisfy { $0 - $1 <= 2 }, "nobody watches")
    }

    @Test("a token from before nobody watched is refused: what changed then is in no log")
    func notResumedAfterPause() throws {
        var bench = Bench(nodes: 3)
        let first = bench.ask(.watch(.prefix(""), resume: nil))
        bench.pass(300)
        let place = try #require(token(bench, first))
        bench.end(first)
        bench.pass(20_000)
        _ = bench.get(acquire("a", 1))
        let again = bench.ask(.watch(.prefix(""), resume: place))
        bench.pass(300)
        #expect(bench.answers[again]?.failure?.code == .conflict)
    }

    @Test("what a resumed watcher knows as held is told when it ends by itself")
    func resumedUntilExpiry() throws {
        var bench = Bench(nodes: 3, servers: 2)
        _ = bench.get(acquire("a", 1, ttl: 2000))
        let first = bench.ask(.watch(.prefix(""), resume: nil))
        bench.pass(300)
        let place = try #require(token(bench, first))
        bench.end(first)
        let again = bench.ask(.watch(.prefix(""), resume: place), server: 1)
        bench.pass(2500)
        #expect(told(bench, again) == ["a:1", "synced", "a:"])
    }

    @Test("who stops watching costs nothing any more")
    func unwatched() {
        var bench = Bench(nodes: 3)
        let watch = bench.ask(.watch(.prefix(""), resume: nil))
        bench.pass(300)
        bench.end(watch)
        bench.pass(1000)
        let before = bench.executed
        bench.pass(500)
        let spent = zip(bench.executed, before).map { $0 - $1 }
        #expect(spent.allSatisfy { $0 <= 2 })
    }

    @Test("the watchdog renews while the caller's connection lives")
    func watchdog() {
        var bench = Bench(nodes: 3)
        var request = AcquireRequest(names: ["a"], grant: grant(1))
        request.ttlMilliseconds = 3000
        request.renewIntervalMilliseconds = 1000
        let call = bench.ask(.acquire(request), connection: 5)
        bench.settle()
        #expect(bench.answers[call]?.granted != nil)
        bench.pass(20_000)
        #expect(bench.get(acquire("a", 2))?.notHeld != nil)
        bench.servers[0].connectionEnded(5, at: bench.moment(0))
        bench.pass(3001)
        #expect(bench.get(acquire("a", 3))?.granted != nil)
    }

    @Test("the watchdog stops at the longest time, and at the release")
    func watchdogEnds() {
        var bench = Bench(nodes: 1)
        var request = AcquireRequest(names: ["a"], grant: grant(1))
        request.ttlMilliseconds = 3000
        request.renewIntervalMilliseconds = 1000
        request.maxHoldMilliseconds = 5000
        _ = bench.get(.acquire(request))
        bench.pass(4900)
        #expect(bench.get(acquire("a", 2))?.notHeld != nil)
        bench.pass(200)
        #expect(bench.get(acquire("a", 3))?.granted != nil)
    }

    @Test("a grant that only a quorum has is put on the others by its renewal")
    func reseeded() throws {
        var bench = Bench(nodes: 3)
        let granted = try #require(bench.get(acquire("a", 1))?.granted)
        bench.lose("a", 1, on: 1)
        let renew = CoordinationRequest.renew(
            names: ["a"], grant: grant(1), ttlMilliseconds: 30_000)
        #expect(bench.get(renew) == .renewed(fence: granted.fence, strength: 2))
        #expect(bench.nodes[1].contents.locks == 1)
        guard case .locks(let states) = bench.get(.read(names: ["a"])) else {
            Issue.record("not read")
            return
        }
        #expect(states.first?.strengths == [3])
    }

    @Test("a node that lost a grant gets it back with the last word of its holder")
    func reseededWithValue() {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1))
        bench.pass(1)
        bench.cut(0, 0)
        let word = CoordinationRequest.propose(
            name: "a", grant: grant(1), sequence: 1, value: Array("new".utf8))
        #expect(bench.get(word) == .done)
        bench.connect(0, 0)
        bench.pass(1100)
        bench.lose("a", 1, on: 1)
        _ = bench.get(.renew(names: ["a"], grant: grant(1), ttlMilliseconds: 30_000))
        bench.pass(1)
        guard case .locks(let states) = bench.get(.read(names: ["a"])) else {
            Issue.record("not read")
            return
        }
        #expect(states.first?.perNode[1]?.grants.first?.value == Array("new".utf8))
    }

    @Test("a session's watcher hears of lost grants and of the end")
    func session() throws {
        var bench = Bench(nodes: 3)
        let id = SessionID(high: 1, low: 2)
        _ = bench.get(.openSession(id, ttlMilliseconds: 3000))
        let watch = bench.ask(.watchSession(id))
        var request = AcquireRequest(names: ["a"], grant: grant(1))
        request.session = id
        _ = bench.get(.acquire(request))
        for node in 0..<3 { bench.lose("a", 1, on: node) }
        _ = bench.get(.keepAlive(id, ttlMilliseconds: 3000))
        _ = bench.get(.closeSession(id))
        #expect(told(bench, watch) == ["lost [1]", "ended"])
    }

    @Test("what could not be taken back from a node that was away goes when it is back")
    func cleanedUp() throws {
        var bench = Bench(nodes: 3)
        let id = SessionID(high: 1, low: 2)
        _ = bench.get(.openSession(id, ttlMilliseconds: 3_600_000))
        var request = AcquireRequest(names: ["a"], grant: grant(1))
        request.session = id
        #expect(bench.get(.acquire(request))?.granted?.strength == 2)
        bench.pass(1)
        bench.cut(0, 2)
        #expect(bench.get(release("a", 1)) == .released(true))
        #expect(bench.nodes[2].contents.locks == 1)
        bench.connect(0, 2)
        bench.pass(1100)
        #expect(bench.get(acquire("a", 2))?.granted != nil)
        bench.pass(10)
        guard case .locks(let states) = bench.get(.read(names: ["a"])) else {
            Issue.record("not read")
            return
        }
        #expect(states.first?.strengths == [3])
    }

    @Test("a node whose clock was set does not vote until what it held is over")
    func clockSet() {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1, ttl: 5000))
        bench.pass(3000)
        bench.clockOffset[1] = 60_000
        bench.pass(2100)
        #expect(bench.servers[0].cluster.voters == NodeSet([0, 2]))
        bench.pass(20_000)
        #expect(bench.servers[0].cluster.voters.count == 3)
        #expect(bench.servers[0].cluster.epoch == 1)
    }

    @Test("answers that come late are no clock that was set", arguments: [1, 2])
    func clockLate(heartbeats: Int) {
        var bench = Bench(nodes: 3)
        bench.pass(3000)
        bench.links[0][1].isStalled = true
        // The node reads its clock in time, but what it says comes late; what follows is in time.
        for _ in 0..<heartbeats {
            bench.pass(1000)
            while !bench.links[0][1].commands.isEmpty { bench.execute(0, 1) }
        }
        bench.pass(700)
        bench.links[0][1].isStalled = false
        for _ in 0..<30 {
            bench.pass(100)
            #expect(bench.servers[0].cluster.voters.count == 3)
        }
    }
}
