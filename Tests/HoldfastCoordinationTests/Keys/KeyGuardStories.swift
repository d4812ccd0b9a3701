import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

@Suite("Keys that are guarded by locks")
struct KeyGuardStories {
    private func put(
        _ key: String, _ text: String, _ number: UInt64, by fence: Fence, lock: String = "l"
    ) -> CoordinationRequest {
        .changeKey(
            key, operation: RequestID(high: 9, low: number),
            KeyChange(
                .put(Array(text.utf8), ttlMilliseconds: 0),
                guarding: KeyGuard(lock: lock, fence: fence)))
    }

    private func look(_ key: String, by fence: Fence) -> CoordinationRequest {
        .changeKey(
            key, operation: .none,
            KeyChange(.look, guarding: KeyGuard(lock: "l", fence: fence)))
    }

    private func fence(_ outcome: Outcome?) -> Fence { outcome?.granted?.fence ?? 0 }

    private func isApplied(_ outcome: Outcome?) -> Bool {
        if case .key(.applied) = outcome { true } else { false }
    }

    private func text(_ bench: inout Bench, _ key: String) -> String {
        guard case .key(.value(let view)) = bench.get(.readKey(key)) else { return "?" }
        return view.map { String(decoding: $0.value, as: UTF8.self) } ?? "-"
    }

    @Test(
        "the holder writes; who held the lock before is refused at every key", arguments: [1, 3, 5])
    func holders(_ count: Int) {
        var bench = Bench(nodes: count, servers: 2)
        let first = fence(bench.get(acquire("l", 1, ttl: 2000)))
        #expect(isApplied(bench.get(put("a", "one", 1, by: first))))
        bench.pass(3000)
        // Nobody holds it now: a key that has not met its fence refuses it, one that has does not care.
        #expect(bench.get(put("b", "late", 2, by: first)) == .key(.stale(holder: 0)))
        let second = fence(bench.get(acquire("l", 2), server: 1))
        #expect(second > first)
        #expect(bench.get(put("b", "late", 3, by: first)) == .key(.stale(holder: second)))
        #expect(isApplied(bench.get(put("a", "two", 4, by: second), server: 1)))
        // The first server still has the promise for the next change, with the earlier fence.
        #expect(bench.get(put("a", "late", 5, by: first)) == .key(.stale(holder: second)))
        #expect(text(&bench, "a") == "two" && text(&bench, "b") == "-")
        // A fence that nobody ever had.
        #expect(bench.get(put("b", "x", 6, by: second + 9)) == .key(.stale(holder: second)))
    }

    @Test("a guarded reading keeps earlier holders away too, also where there is no value")
    func readings() {
        var bench = Bench(nodes: 3, servers: 2)
        let first = fence(bench.get(acquire("l", 1, ttl: 2000)))
        #expect(isApplied(bench.get(put("a", "one", 1, by: first))))
        bench.pass(3000)
        let second = fence(bench.get(acquire("l", 2)))
        guard case .key(.value(let view?)) = bench.get(look("a", by: second), server: 1) else {
            Issue.record("not read")
            return
        }
        #expect(view.value == Array("one".utf8))
        #expect(bench.get(look("none", by: second), server: 1) == .key(.value(nil)))
        #expect(bench.get(put("a", "late", 2, by: first)) == .key(.stale(holder: second)))
        #expect(bench.get(put("none", "late", 3, by: first)) == .key(.stale(holder: second)))
        // It made no version.
        guard case .key(.value(let after?)) = bench.get(.readKey("a")) else { return }
        #expect(after.version == view.version)
        // Nothing is left of the reading of nothing.
        bench.pass(700_000)
        #expect(bench.nodes.allSatisfy { $0.registers["none"] == nil })
    }

    @Test("who holds it shared, or another lock, guards nothing")
    func shared() {
        var bench = Bench(nodes: 3)
        let shared = fence(bench.get(acquire("l", 1, mode: .shared)))
        #expect(bench.get(put("a", "x", 1, by: shared)) == .key(.stale(holder: 0)))
        let other = fence(bench.get(acquire("m", 2)))
        #expect(bench.get(put("a", "x", 2, by: other)) == .key(.stale(holder: 0)))
        #expect(isApplied(bench.get(put("a", "x", 3, by: other, lock: "m"))))
    }

    @Test("once a key has met the fence, a change costs one round trip")
    func oneRoundTrip() {
        var bench = Bench(nodes: 3)
        let first = fence(bench.get(acquire("l", 1)))
        _ = bench.get(put("a", "one", 1, by: first))
        let before = bench.executed
        _ = bench.get(put("a", "two", 2, by: first))
        #expect(bench.executed == before.map { $0 + 1 })
    }

    @Test("a batch asks for its locks together, and each key answers for itself")
    func batch() {
        var bench = Bench(nodes: 3)
        let first = fence(bench.get(acquire("l", 1, ttl: 2000)))
        bench.pass(3000)
        let second = fence(bench.get(acquire("l", 2)))
        let wishes: [KeyWish] = [("a", first), ("b", second), ("a", second), ("b", first)]
            .enumerated()
            .map { place, wish in
                .change(
                    wish.0, RequestID(high: 8, low: UInt64(place)),
                    KeyChange(
                        .put([1], ttlMilliseconds: 0), guarding: KeyGuard(lock: "l", fence: wish.1))
                )
            }
        guard case .keys(let answers, _) = bench.get(.batchKeys(wishes)) else {
            Issue.record("no answers")
            return
        }
        let isRefused = answers.map { $0.outcome == .stale(holder: second) }
        #expect(isRefused == [true, false, false, true])
    }

    @Test("a grant that one node has kept proves nothing, and refutes nobody")
    func stale() {
        var bench = Bench(nodes: 3, servers: 2)
        let first = fence(bench.get(acquire("l", 1)))
        // Its release misses a node, and the server that would repeat it there is gone.
        bench.links[0][2].isStalled = true
        _ = bench.get(release("l", 1))
        let second = fence(bench.get(acquire("l", 2), server: 1))
        #expect(second > first)
        // Of the nodes that have the new grant, one does not answer.
        bench.links[1][0].isStalled = true
        let early = bench.ask(put("a", "late", 1, by: first), server: 1)
        let later = bench.ask(put("b", "x", 2, by: second), server: 1)
        bench.settle()
        bench.pass(3000)
        #expect(bench.answers[early] == .key(.unproved))
        #expect(bench.answers[later] == .key(.unproved))
        bench.links[1][0].isStalled = false
        bench.settle()
        bench.pass(3000)
        #expect(isApplied(bench.get(put("b", "x", 3, by: second), server: 1)))
        #expect(
            bench.get(put("a", "late", 4, by: first), server: 1) == .key(.stale(holder: second)))
    }

    @Test("a fence that was noted on a deleted key is kept as long as one that was deleted then")
    func noted() {
        var bench = Bench(nodes: 3)
        let first = fence(bench.get(acquire("l", 1)))
        _ = bench.get(put("a", "x", 1, by: first))
        _ = bench.get(
            .changeKey("a", operation: RequestID(high: 9, low: 2), KeyChange(.delete)))
        bench.pass(595_000)
        _ = bench.get(acquire("l", 1))
        let second = fence(bench.get(acquire("m", 2)))
        let look = KeyChange(.look, guarding: KeyGuard(lock: "m", fence: second))
        #expect(bench.get(.changeKey("a", operation: .none, look)) == .key(.value(nil)))
        bench.pass(60_000)
        #expect(bench.nodes.allSatisfy { $0.registers["a"] != nil })
        bench.pass(700_000)
        #expect(bench.nodes.allSatisfy { $0.registers["a"] == nil })
    }

    @Test("a key has room for so many locks and no more")
    func many() {
        var bench = Bench(nodes: 1)
        for number in 0...UInt64(KeyRecord.guardsMax) {
            let fence = fence(bench.get(acquire("l\(number)", number + 1)))
            let outcome = bench.get(put("a", "x", number, by: fence, lock: "l\(number)"))
            if number < KeyRecord.guardsMax {
                #expect(isApplied(outcome))
            } else {
                #expect(outcome == .key(.tooManyGuards))
            }
        }
    }

    @Test("without a quorum nobody is told that the fence is stale")
    func quorumLost() {
        var bench = Bench(nodes: 3)
        let first = fence(bench.get(acquire("l", 1)))
        for node in 0...1 { bench.links[0][node].isStalled = true }
        let call = bench.ask(put("a", "x", 1, by: first))
        bench.settle()
        bench.pass(3000)
        #expect(bench.answers[call]?.failure?.code == .unavailable)
    }
}
