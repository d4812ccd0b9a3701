import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

@Suite("Watches of keys")
struct KeyWatchStories {
    private func change(_ key: String, _ number: UInt64, _ kind: KeyChange.Kind)
        -> CoordinationRequest
    {
        .changeKey(key, operation: RequestID(high: 9, low: number), KeyChange(kind))
    }

    private func put(
        _ key: String, _ text: String, _ number: UInt64, ttl: UInt64 = 0
    ) -> CoordinationRequest {
        change(key, number, .put(Array(text.utf8), ttlMilliseconds: ttl))
    }

    private func prefix(
        _ prefix: String, from token: WatchToken? = nil, changesOnly: Bool = false
    ) -> CoordinationRequest {
        .watchKeys(KeyWatch(.prefix(prefix), token: token, isChangesOnly: changesOnly))
    }

    /// What a watcher was told of keys.
    private func told(_ bench: Bench, _ call: CallID) -> [String] {
        (bench.events[call] ?? []).map { event in
            switch event {
            case .key(let name, let view):
                "\(name)=\(view.map { String(decoding: $0.value, as: UTF8.self) } ?? "-")"
            case .synced: "synced"
            case .keysRestarted: "restarted"
            default: "?"
            }
        }
    }

    private func token(_ bench: Bench, _ call: CallID) -> WatchToken? {
        bench.events[call]?.compactMap { event in
            if case .synced(let token) = event { token } else { nil }
        }.last
    }

    @Test(
        "a watcher is told what is there, then what changes, also through other servers",
        arguments: [1, 3, 5])
    func changes(_ count: Int) {
        var bench = Bench(nodes: count, servers: 2)
        _ = bench.get(put("a/1", "x", 1))
        _ = bench.get(put("a/2", "y", 2), server: 1)
        _ = bench.get(put("a/3", "z", 3))
        _ = bench.get(change("a/3", 4, .delete))
        _ = bench.get(put("b", "no", 5))
        let watch = bench.ask(prefix("a/"))
        bench.pass(300)
        #expect(told(bench, watch).sorted() == ["a/1=x", "a/2=y", "synced"])
        _ = bench.get(put("a/2", "y2", 6))
        _ = bench.get(put("b", "no", 7), server: 1)
        bench.pass(300)
        _ = bench.get(change("a/1", 8, .delete), server: 1)
        bench.pass(300)
        let news = told(bench, watch).dropFirst(3).filter { $0 != "synced" }
        #expect(Array(news) == ["a/2=y2", "a/1=-"])
        // A lock of the same name is none of its business.
        _ = bench.get(acquire("a/2", 1))
        bench.pass(2000)
        #expect(told(bench, watch).filter { $0 != "synced" }.count == 4)
        bench.end(watch)
        #expect(bench.servers[0].contents.keyCalls == 0)
    }

    @Test("keys by name are told as they are, also where they are not")
    func names() {
        var bench = Bench(nodes: 3)
        _ = bench.get(put("a", "x", 1))
        let watch = bench.ask(.watchKeys(KeyWatch(.names(["a", "b"]))))
        bench.pass(300)
        #expect(told(bench, watch) == ["a=x", "b=-", "synced"])
        _ = bench.get(put("b", "y", 2))
        _ = bench.get(put("c", "z", 3))
        bench.pass(300)
        #expect(told(bench, watch).dropFirst(3).first == "b=y")
    }

    @Test("a value that ends by itself is told when it does")
    func expired() {
        var bench = Bench(nodes: 3)
        let watch = bench.ask(prefix(""))
        bench.pass(300)
        _ = bench.get(put("a", "x", 1, ttl: 3000))
        bench.pass(2500)
        #expect(told(bench, watch).filter { $0 != "synced" } == ["a=x"])
        bench.pass(800)
        #expect(told(bench, watch).filter { $0 != "synced" } == ["a=x", "a=-"])
    }

    @Test("who goes on from a token is told what changed since, at another server too")
    func resumed() throws {
        var bench = Bench(nodes: 3, servers: 2)
        _ = bench.get(put("a", "x", 1))
        _ = bench.get(put("b", "x", 2))
        _ = bench.get(put("c", "x", 3))
        let other = bench.ask(prefix("z"), server: 1)
        let watch = bench.ask(prefix(""))
        bench.pass(300)
        let place = try #require(token(bench, watch))
        bench.end(watch)
        _ = bench.get(put("b", "y", 4))
        _ = bench.get(change("c", 5, .delete))
        bench.pass(300)
        let again = bench.ask(prefix("", from: place), server: 1)
        bench.pass(300)
        #expect(told(bench, again) == ["b=y", "c=-", "synced"])
        bench.end(other, server: 1)
    }

    @Test("who was away for thousands of changes is told them, and what was deleted")
    func resumedFarBehind() throws {
        var bench = Bench(nodes: 3)
        for number in 0..<20 as Range<UInt64> { _ = bench.get(put("k\(number)", "x", number)) }
        // Somebody goes on watching, so that the nodes log.
        _ = bench.ask(prefix("z"))
        let watch = bench.ask(prefix("k"))
        bench.pass(300)
        let place = try #require(token(bench, watch))
        bench.end(watch)
        for number in 100..<1700 as Range<UInt64> {
            _ = bench.get(put("k\(number % 20)", "\(number)", number))
        }
        _ = bench.get(change("k3", 5000, .delete))
        let again = bench.ask(prefix("k", from: place))
        bench.pass(2000)
        let news = told(bench, again)
        #expect(!news.contains("restarted") && news.last == "synced")
        #expect(Set(news.dropLast()).count == 20 && news.contains("k3=-"))
        #expect(news.contains("k19=1699"))
    }

    @Test("a place that the logs do not reach back to begins anew, and says so")
    func notResumed() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(put("a", "x", 1))
        let watch = bench.ask(prefix(""))
        bench.pass(300)
        let place = try #require(token(bench, watch))
        bench.end(watch)
        // Nobody watches for so long that nothing is logged.
        bench.pass(120_000)
        _ = bench.get(put("b", "y", 2))
        let again = bench.ask(prefix("", from: place))
        bench.pass(300)
        #expect(told(bench, again).first == "restarted")
        let news = told(bench, again).filter { $0 != "restarted" }
        #expect(news.sorted() == ["a=x", "b=y", "synced"])
        let unknown = WatchToken(places: [.init(marker: 77, sequence: 1)])
        let third = bench.ask(prefix("", from: unknown))
        bench.pass(300)
        #expect(told(bench, third).first == "restarted")
    }

    @Test("only changes, where that is asked for")
    func changesOnly() {
        var bench = Bench(nodes: 3)
        _ = bench.get(put("a", "x", 1))
        let watch = bench.ask(prefix("", changesOnly: true))
        bench.pass(300)
        #expect(told(bench, watch) == ["synced"])
        _ = bench.get(put("b", "y", 2))
        bench.pass(300)
        #expect(told(bench, watch).filter { $0 != "synced" } == ["b=y"])
    }

    @Test("a slow watcher of large values is sent little at once, and the last state of each")
    func slow() {
        var bench = Bench(nodes: 3)
        let large = String(repeating: "x", count: 40_000)
        for number in 1...20 as ClosedRange<UInt64> {
            _ = bench.get(put("k\(number)", large, number))
        }
        let watch = bench.ask(prefix("k"))
        bench.slow.insert(watch)
        bench.pass(1000)
        #expect(told(bench, watch).count == 1)
        // Changed again and again meanwhile, and one is deleted.
        for number in 21...60 as ClosedRange<UInt64> {
            _ = bench.get(put("k\((number - 21) % 20 + 1)", large + "\(number)", number))
        }
        _ = bench.get(change("k7", 61, .delete))
        bench.pass(1000)
        #expect(told(bench, watch).count == 1)
        for _ in 0..<100 {
            bench.take(watch)
            bench.settle()
        }
        bench.pass(200)
        for _ in 0..<100 {
            bench.take(watch)
            bench.settle()
        }
        var last: [String: String] = [:]
        for text in told(bench, watch) where text != "synced" {
            let parts = text.split(separator: "=", maxSplits: 1)
            last[String(parts[0])] = String(parts[1].suffix(2))
        }
        #expect(last.count == 20 && last["k7"] == "-")
        for number in 1...20 where number != 7 { #expect(last["k\(number)"] == "\(40 + number)") }
        #expect(told(bench, watch).contains("synced"))
        // Nobody was told 60 values.
        #expect(told(bench, watch).count < 45)
    }

    @Test("without a quorum nothing is told, and everything after it")
    func quorumLost() {
        var bench = Bench(nodes: 3)
        _ = bench.get(put("a", "x", 1))
        for node in 1...2 { bench.cut(0, node) }
        bench.connect(0, 1)
        bench.settle()
        let watch = bench.ask(prefix(""))
        bench.cut(0, 1)
        bench.pass(3000)
        #expect(told(bench, watch) == [])
        bench.connect(0, 1)
        bench.pass(3000)
        #expect(told(bench, watch) == ["a=x", "synced"])
    }

    @Test("a node that forgets costs a watcher nothing while the others go on")
    func forgetful() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(put("a", "x", 1))
        let watch = bench.ask(prefix(""))
        bench.pass(300)
        bench.nodes[1] = MemoryNode()
        bench.lives[1] += 50
        bench.cut(0, 1)
        bench.connect(0, 1)
        bench.pass(60_000)
        #expect(!told(bench, watch).contains("restarted"))
        _ = bench.get(put("b", "y", 2))
        bench.pass(300)
        #expect(told(bench, watch).filter { $0 != "synced" } == ["a=x", "b=y"])
        #expect(bench.servers[0].cluster.keyVoters.count == 3)
    }

    @Test(
        "what changed while no node logged is told, though each log goes on", arguments: [1, 3, 5])
    func lapsed(_ count: Int) {
        var bench = Bench(nodes: count, servers: 2)
        _ = bench.get(put("a", "x", 1))
        let watch = bench.ask(prefix(""))
        bench.pass(300)
        // The server that watches is away for longer than the nodes log for it.
        for node in 0..<count { bench.links[0][node].isStalled = true }
        bench.pass(60_000)
        _ = bench.get(put("a", "y", 2), server: 1)
        for node in 0..<count { bench.links[0][node].isStalled = false }
        bench.settle()
        bench.pass(3000)
        #expect(told(bench, watch).contains("restarted"))
        #expect(told(bench, watch).last { $0 != "synced" } == "a=y")
    }

    @Test("what was told lately is not told again, though three logs have it")
    func once() {
        var bench = Bench(nodes: 3, servers: 2)
        let watch = bench.ask(prefix(""))
        bench.pass(300)
        for number in 1...200 as ClosedRange<UInt64> {
            _ = bench.get(put("k\(number)", "x", number), server: 1)
            bench.pass(7)
        }
        bench.pass(1000)
        let news = told(bench, watch).filter { $0 != "synced" }
        #expect(news.count == 200 && Set(news).count == 200)
    }
}
