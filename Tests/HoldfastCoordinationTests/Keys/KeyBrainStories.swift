import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

/// Keys through the whole brain: with gates, epochs, and nodes that forget.
@Suite("Keys in the brain")
struct KeyBrainStories {
    private func put(_ key: String, _ text: String, _ number: UInt64) -> CoordinationRequest {
        .changeKey(
            key, operation: RequestID(high: 9, low: number),
            KeyChange(.put(Array(text.utf8), ttlMilliseconds: 0)))
    }

    private func text(_ outcome: Outcome?) -> String? {
        guard case .key(.value(let view)) = outcome else { return nil }
        return view.map { String(decoding: $0.value, as: UTF8.self) } ?? "(none)"
    }

    private func version(_ outcome: Outcome?) -> UInt64? {
        guard case .key(.applied(let version)) = outcome else { return nil }
        return version
    }

    @Test("a key is written, read by another server, and deleted", arguments: [1, 3, 5])
    func simple(_ count: Int) throws {
        var bench = Bench(nodes: count, servers: 2)
        #expect(text(bench.get(.readKey("k"))) == "(none)")
        let first = try #require(version(bench.get(put("k", "one", 1))))
        #expect(text(bench.get(.readKey("k"), server: 1)) == "one")
        let second = version(bench.get(put("k", "two", 2), server: 1))
        #expect(second == first + 1)
        // Asked again by another way, it is made once.
        #expect(version(bench.get(put("k", "two", 2))) == second)
        let stale = KeyChange(.put([], ttlMilliseconds: 0), if: .version(first))
        let refused = bench.get(.changeKey("k", operation: RequestID(high: 9, low: 3), stale))
        guard case .key(.mismatch(let view)) = refused else {
            Issue.record("\(String(describing: refused))")
            return
        }
        #expect(view?.version == second)
        let gone = bench.get(.changeKey("k", operation: RequestID(high: 9, low: 4), .init(.delete)))
        #expect(version(gone) == first + 2)
        #expect(text(bench.get(.readKey("k"), server: 1)) == "(none)")
        bench.pass(2_000)
        #expect(bench.servers[0].contents.keyCalls == 0)
    }

    @Test("a change of the same server costs one command to each node, a reading too")
    func oneRoundTrip() {
        var bench = Bench(nodes: 3)
        _ = bench.get(put("k", "one", 1))
        let before = bench.executed
        _ = bench.get(put("k", "two", 2))
        #expect(bench.executed == before.map { $0 + 1 })
        _ = bench.get(.readKey("k"))
        #expect(bench.executed == before.map { $0 + 2 })
    }

    @Test("without a quorum nothing is changed, and the answer says who is missing")
    func noQuorum() {
        var bench = Bench(nodes: 3)
        for node in 1...2 { bench.cut(0, node) }
        for request in [
            put("k", "one", 1), .readKey("k"), .listKeys(KeyPage(prefix: "", after: "", limit: 9)),
        ] {
            let failure = bench.get(request)?.failure
            #expect(failure?.code == .unavailable)
            #expect(Set(failure?.nodes.map(\.node) ?? []) == [1, 2])
        }
    }

    @Test("several are asked for together, and listed a page at a time, without those deleted")
    func several() {
        var bench = Bench(nodes: 3)
        let names = (0..<7).map { "p/\($0)" } + ["q"]
        let wishes = names.enumerated().map {
            KeyWish.change(
                $1, RequestID(high: 8, low: UInt64($0)),
                KeyChange(.put([UInt8($0)], ttlMilliseconds: 0)))
        }
        guard case .keys(let answers, let next) = bench.get(.batchKeys(wishes)) else {
            Issue.record("no answers")
            return
        }
        #expect(answers.map(\.name) == names && next == "")
        #expect(answers.allSatisfy { if case .applied = $0.outcome { true } else { false } })
        for gone in [2, 3, 4] {
            _ = bench.get(
                .changeKey(
                    "p/\(gone)", operation: RequestID(high: 7, low: UInt64(gone)), .init(.delete)))
        }
        var found: [String] = []
        var after = ""
        var pages = 0
        repeat {
            guard
                case .keys(let page, let next) = bench.get(
                    .listKeys(KeyPage(prefix: "p/", after: after, limit: 3)))
            else {
                Issue.record("no page")
                return
            }
            found += page.map(\.name)
            after = next
            pages += 1
        } while after != "" && pages < 9
        #expect(found == ["p/0", "p/1", "p/5", "p/6"] && pages == 3)
        #expect(bench.servers[0].contents.keyCalls == 0)
    }

    /// Two nodes have the value; one of them loses all.
    private func forgetful() -> Bench {
        var bench = Bench(nodes: 3)
        bench.links[0][2].isStalled = true
        _ = bench.get(put("k", "one", 1))
        bench.pass(600)
        bench.cut(0, 2)
        bench.connect(0, 2)
        bench.settle()
        bench.nodes[0] = MemoryNode()
        bench.lives[0] += 1000
        bench.cut(0, 0)
        bench.connect(0, 0)
        bench.settle()
        return bench
    }

    @Test("a node that forgot has no say before it was told what a quorum of others has")
    func lesson() {
        var bench = forgetful()
        // Nobody can read while it is away and another is slow; what the third says alone is not enough.
        bench.links[0][1].isStalled = true
        let call = bench.ask(.readKey("k"))
        bench.pass(600)
        #expect(bench.answers[call]?.failure?.code == .unavailable)
        bench.cut(0, 1)
        bench.connect(0, 1)
        bench.pass(10_000)
        #expect(bench.nodes[0].registers["k"]?.value != nil)
        #expect(!bench.nodes[0].registers.isLearning)
        // Without the one that always had it.
        bench.cut(0, 1)
        #expect(text(bench.get(.readKey("k"))) == "one")
    }

    @Test("a node is told in pages, and what it is told is not taken from an earlier lesson")
    func pages() {
        var bench = Bench(nodes: 3)
        let names = (0..<300).map { "k\($0)" }
        for (number, name) in names.enumerated() { _ = bench.get(put(name, "v", UInt64(number))) }
        bench.nodes[0] = MemoryNode()
        bench.lives[0] += 1000
        bench.cut(0, 0)
        bench.connect(0, 0)
        bench.pass(15_000)
        #expect(bench.nodes[0].registers.count == 300 && !bench.nodes[0].registers.isLearning)
    }

    @Test("promises of an epoch that is over are not counted on")
    func oldPromises() {
        var bench = Bench(nodes: 3)
        // Promised by all; the server hears it from two of them only when it knows of a new epoch.
        let call = bench.ask(put("k", "one", 1))
        for node in 0..<3 { bench.execute(0, node) }
        for node in 1...2 { bench.links[0][node].isStalled = true }
        bench.answer(0, 0)
        for node in 0..<3 {
            guard let gate = bench.nodes[node].gate?.identity else { continue }
            _ = bench.nodes[node].execute(
                .raiseEpoch(to: gate.epoch + 8), expecting: gate, microseconds: 1)
        }
        _ = bench.get(.read(names: ["lock"]))
        for node in 1...2 { bench.links[0][node].isStalled = false }
        bench.settle()
        #expect(bench.answers[call]?.failure?.code == .unavailable)
        bench.pass(5_000)
        for node in 0..<3 { #expect(bench.nodes[node].registers["k"]?.value == nil) }
        #expect(version(bench.get(put("k", "two", 2))) != nil)
        #expect(text(bench.get(.readKey("k"))) == "two")
    }
}
