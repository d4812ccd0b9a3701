import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

@Suite("Tidying of keys")
struct KeyTidyStories {
    private func change(
        _ key: String, _ number: UInt64, _ kind: KeyChange.Kind
    ) -> CoordinationRequest {
        .changeKey(key, operation: RequestID(high: 9, low: number), KeyChange(kind))
    }

    private func put(_ key: String, _ number: UInt64, ttl: UInt64 = 0) -> CoordinationRequest {
        change(key, number, .put([1], ttlMilliseconds: ttl))
    }

    private func version(_ outcome: Outcome?) -> UInt64 {
        guard case .key(.applied(let version)) = outcome else { return 0 }
        return version
    }

    @Test("what is left of a deleted key goes from all nodes", arguments: [1, 3, 5])
    func collected(_ count: Int) {
        var bench = Bench(nodes: count, servers: 2)
        for number in 1...40 as ClosedRange<UInt64> { _ = bench.get(put("k\(number)", number)) }
        var last: UInt64 = 0
        for number in 1...40 as ClosedRange<UInt64> where number != 7 {
            last = max(last, version(bench.get(change("k\(number)", 100 + number, .delete))))
        }
        bench.pass(500_000)
        // So long, a change that is sent again is known.
        #expect(version(bench.get(change("k40", 140, .delete), server: 1)) > 0)
        #expect(bench.nodes.allSatisfy { $0.registers.count == 40 })
        bench.pass(200_000)
        #expect(bench.nodes.map(\.registers.count) == Array(repeating: 1, count: count))
        // No version comes twice.
        #expect(version(bench.get(put("k3", 200), server: 1)) > last)
        #expect(version(bench.get(put("k4", 201))) > last)
        let outcome = bench.get(.readKey("k7"), server: 1)
        guard case .key(.value(.some)) = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
    }

    @Test("a value whose time is over is deleted, and its key collected")
    func expired() {
        var bench = Bench(nodes: 3)
        _ = bench.get(put("a", 1, ttl: 5000))
        _ = bench.get(put("b", 2, ttl: 5000))
        bench.pass(4000)
        // Written anew, it has another time.
        _ = bench.get(put("b", 3, ttl: 2_000_000))
        bench.pass(20_000)
        let kinds = bench.nodes.map { $0.registers["a"]?.value?.isDead }
        #expect(kinds == [true, true, true])
        bench.pass(700_000)
        #expect(bench.nodes.allSatisfy { $0.registers["a"] == nil && $0.registers["b"] != nil })
    }

    @Test("nothing is dropped while a node is away: an older value on it would come back")
    func away() {
        var bench = Bench(nodes: 3)
        _ = bench.get(put("a", 1))
        bench.cut(0, 2)
        _ = bench.get(change("a", 2, .delete))
        bench.pass(1_000_000)
        #expect(bench.nodes[0].registers["a"]?.value?.isDead == true)
        #expect(bench.nodes[2].registers["a"]?.value?.isDead == false)
        bench.connect(0, 2)
        bench.pass(60_000)
        #expect(bench.nodes.allSatisfy { $0.registers["a"] == nil })
        #expect(bench.get(.readKey("a")) == .key(.value(nil)))
    }

    @Test("a node that missed that keys last longer is told, and hides nothing behind them")
    func staleNode() {
        var bench = Bench(nodes: 3)
        for number in 0..<300 as Range<UInt64> {
            _ = bench.get(put("k\(number)", number, ttl: 5000))
        }
        bench.cut(0, 2)
        for number in 0..<300 as Range<UInt64> { _ = bench.get(put("k\(number)", 1000 + number)) }
        bench.connect(0, 2)
        bench.pass(60_000)
        let due = (0..<300).map { bench.nodes[2].registers["k\($0)"]?.value?.due }
        #expect(due == Array(repeating: 0, count: 300))
    }

    @Test("a key that is written while it is tidied keeps what was written")
    func races() {
        var tidied = 0
        for seed in 1...300 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var bench = Bench(nodes: 3, servers: 2)
            _ = bench.get(put("a", 1))
            _ = bench.get(change("a", 2, .delete))
            // Until a server has learned that it is due, and asks for promises.
            bench.pass(599_000)
            for server in 0...1 { for node in 0...2 { bench.links[server][node].isStalled = true } }
            while bench.servers.allSatisfy({ $0.contents.tidying == 0 }) {
                bench.pass(50)
                for _ in 0..<40 {
                    for server in 0...1 {
                        for node in 0...2 { bench.deliver(server, node) }
                        if bench.servers[server].contents.tidying > 0 { break }
                    }
                    if bench.servers.contains(where: { $0.contents.tidying > 0 }) { break }
                }
            }
            // A write begins at any moment of it, at the same server or the other.
            let begin = Int.random(in: 0...20, using: &generator)
            var call: CallID = 0
            for step in 0..<120 {
                if step == begin { call = bench.ask(put("a", 3), server: Int(seed % 2)) }
                let server = Int.random(in: 0...1, using: &generator)
                let node = Int.random(in: 0...2, using: &generator)
                if Bool.random(using: &generator) {
                    bench.execute(server, node)
                } else {
                    bench.answer(server, node)
                }
            }
            for server in 0...1 {
                for node in 0...2 { bench.links[server][node].isStalled = false }
            }
            bench.settle()
            bench.pass(20_000)
            let written = version(bench.answers[call])
            #expect(written > 0, "seed \(seed)")
            guard case .key(.value(let view?)) = bench.get(.readKey("a"), server: 1) else {
                Issue.record("seed \(seed): the value is gone")
                return
            }
            #expect(view.version == written, "seed \(seed)")
            // Where it was collected first, its versions begin above the floor.
            if bench.nodes[0].registers.floor > 0 { tidied += 1 }
        }
        #expect(tidied > 10)
    }

    @Test("a clock that is far ahead deletes nothing before its time")
    func clockAhead() {
        // The nodes' clocks say otherwise.
        var bench = Bench(nodes: 3, servers: 1)
        _ = bench.get(put("a", 1, ttl: 3_600_000))
        bench.skew[0] = 7_200_000
        bench.pass(60_000)
        #expect(bench.nodes[0].registers["a"]?.value?.isDead == false)
    }
}
