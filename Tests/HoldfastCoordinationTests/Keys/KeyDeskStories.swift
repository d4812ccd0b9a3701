import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

@Suite("Keys")
struct KeyDeskStories {
    private func put(_ text: String, if condition: KeyChange.Condition = .none) -> KeyChange {
        KeyChange(.put(Array(text.utf8), ttlMilliseconds: 0), if: condition)
    }

    private func view(_ outcome: KeyOutcome?) -> KeyView? {
        switch outcome {
        case .value(let view), .mismatch(let view): view
        default: nil
        }
    }

    private func version(_ outcome: KeyOutcome?) -> UInt64? {
        if case .applied(let version) = outcome { return version }
        return nil
    }

    private func text(_ outcome: KeyOutcome?) -> String? {
        view(outcome).map { String(decoding: $0.value, as: UTF8.self) }
    }

    @Test("what is put is read, with its version; the next change and a reading are one round trip")
    func warm() throws {
        var bench = KeyBench()
        let first = try #require(version(bench.get(put("a"), 1)))
        #expect(bench.asked == [2, 2, 2])
        #expect(version(bench.get(put("b"), 2)) == first + 1)
        #expect(bench.asked == [3, 3, 3])
        let read = bench.value()
        #expect(bench.asked == [4, 4, 4])
        #expect(text(read) == "b" && view(read)?.version == first + 1)
        #expect(bench.desks[0].contents.calls == 0)
    }

    @Test("a condition that does not hold changes nothing, and tells what is there")
    func conditions() throws {
        var bench = KeyBench()
        #expect(bench.get(put("a", if: .present), 1) == .mismatch(nil))
        #expect(bench.get(put("a", if: .version(3)), 2) == .mismatch(nil))
        let first = try #require(version(bench.get(put("a", if: .absent), 3)))
        #expect(text(bench.get(put("b", if: .absent), 4)) == "a")
        #expect(text(bench.get(put("b", if: .version(first + 1)), 5)) == "a")
        let second = try #require(version(bench.get(put("b", if: .version(first)), 6)))
        #expect(bench.get(KeyChange(.delete, if: .version(first)), 7) != .value(nil))
        #expect(version(bench.get(KeyChange(.delete), 8)) == second + 1)
        #expect(bench.get(KeyChange(.delete), 9) == .value(nil))
        #expect(bench.value() == .value(nil))
        // Versions go on behind what was deleted.
        #expect(version(bench.get(put("c", if: .absent), 10)) == second + 2)
    }

    @Test("a key that is asked about and not there leaves nothing on the nodes")
    func nothingLeft() {
        var bench = KeyBench()
        #expect(bench.value() == .value(nil))
        #expect(bench.get(put("a", if: .present), 1) == .mismatch(nil))
        for node in bench.nodes { #expect(node.count == 0) }
        #expect(bench.desks[0].contents.keys == 0)
    }

    @Test("whoever comes while a change is under way is folded into the next")
    func combined() throws {
        var bench = KeyBench()
        _ = bench.get(put("a"), 1)
        let calls = (2...41).map { bench.ask(put("v\($0)"), $0) }
        bench.settle()
        let versions = calls.compactMap { version(bench.answers[$0]) }
        #expect(versions == (0..<40).map { versions[0] + UInt64($0) })
        #expect(bench.asked == [4, 4, 4])
    }

    @Test("a late answer counts for no later round, however many there were")
    func lateAnswers() throws {
        var bench = KeyBench()
        _ = bench.get(put("a"), 1)
        let first = bench.ask(put("b"), 2)
        let late = try #require(bench.take { $0.node == 2 }.first)
        bench.settle()
        #expect(version(bench.answers[first]) != nil)
        for number in 3...262 as ClosedRange<UInt64> {
            let call = bench.ask(put("c"), number)
            _ = bench.take { $0.node == 2 }
            let rest = bench.take { $0.node == 1 }
            bench.settle()
            // Said by one node, and by the other long ago.
            bench.desks[0].replied(2, late.tag, .accepted(isNextPromised: true), at: bench.moment)
            bench.collect(0)
            #expect(bench.answers[call] == nil)
            for question in rest { bench.deliver(question) }
            bench.settle()
            #expect(version(bench.answers[call]) != nil)
        }
        _ = bench.askValue()
        let copy = try #require(bench.nodes[0]["k"])
        let lateRead = try #require(bench.take { $0.node == 2 }.first)
        bench.settle()
        for _ in 0..<260 {
            let call = bench.askValue()
            _ = bench.take { $0.node == 2 }
            let rest = bench.take { $0.node == 1 }
            bench.settle()
            bench.desks[0].replied(2, lateRead.tag, .copy(copy), at: bench.moment)
            bench.collect(0)
            #expect(bench.answers[call] == nil)
            for question in rest { bench.deliver(question) }
            bench.settle()
        }
    }

    @Test("after a rest, a server asks again at once with the number that it is told")
    func turn() {
        var bench = KeyBench(servers: 2)
        _ = bench.get(put("a"), 1)
        let call = bench.ask(put("z"), 2, server: 1)
        // Each time it asks, the other was faster.
        for number in 3...7 as ClosedRange<UInt64> {
            for again in [10, 20] as [UInt64] {
                _ = bench.ask(put("b"), number + again)
                for question in bench.take(where: { $0.server == 0 }) { bench.deliver(question) }
            }
            for question in bench.take(where: { $0.server == 1 }) { bench.deliver(question) }
            let isResting = !bench.questions.contains { $0.server == 1 }
            // First it may only not have known how far the other is.
            #expect(isResting == number.isMultiple(of: 2))
            if isResting { bench.pass(200) }
        }
        bench.settle()
        #expect(version(bench.answers[call]) != nil)
    }

    @Test("what waits of a batch whose caller is gone is not made later")
    func endedBatch() throws {
        var bench = KeyBench()
        let first = try #require(version(bench.get(put("a"), 1)))
        // Under way, so that the batch waits.
        let call = bench.ask(put("b"), 2)
        let wishes = [
            KeyWish.change("k", KeyBench.operation(3), put("c")),
            .change("other", KeyBench.operation(4), KeyChange(.delete)), .read("k"),
        ]
        bench.desks[0].batch(99, wishes, at: bench.moment)
        bench.collect(0)
        bench.desks[0].callEnded(99, at: bench.moment)
        bench.settle()
        #expect(version(bench.answers[call]) == first + 1)
        let read = bench.value()
        #expect(text(read) == "b" && view(read)?.version == first + 1)
        #expect(bench.desks[0].contents.calls == 0)
    }

    @Test("another server goes on from what it finds")
    func otherServer() throws {
        var bench = KeyBench(servers: 2)
        let first = try #require(version(bench.get(put("a"), 1)))
        _ = bench.get(put("b"), 2)
        #expect(version(bench.get(put("c"), 3, server: 1)) == first + 2)
        #expect(version(bench.get(put("d"), 4)) == first + 3)
        #expect(text(bench.value(server: 1)) == "d")
    }

    @Test("a change is made once, however often and wherever it is asked for")
    func once() throws {
        var bench = KeyBench(servers: 2)
        let first = try #require(version(bench.get(put("a"), 1)))
        _ = bench.get(put("b"), 2)
        #expect(version(bench.get(put("a"), 1, server: 1)) == first)
        #expect(version(bench.get(put("a"), 1)) == first)
        #expect(text(bench.value()) == "b")
    }

    @Test("a change that reached one node may be made, and is found when it is asked for again")
    func unknown() throws {
        var bench = KeyBench(servers: 2)
        _ = bench.get(put("a"), 1)
        let call = bench.ask(put("b"), 2)
        for question in bench.take(where: { _ in true }) {
            question.node == 0 ? bench.deliver(question) : bench.lose(question)
        }
        #expect(bench.answers[call] == .unknown)
        // Whoever sees it once has seen it: the reading makes it whole, or is never told of it.
        let read = bench.askValue(server: 1)
        for question in bench.take(where: { $0.node != 2 }) { bench.deliver(question) }
        bench.settle()
        #expect(text(bench.answers[read]) == "b")
        #expect(text(bench.value()) == "b")
        let again = try #require(version(bench.get(put("b"), 2, server: 1)))
        #expect(view(bench.value())?.version == again)
    }

    @Test("without a quorum nothing is changed, and a silent one is told after its time")
    func silent() {
        var bench = KeyBench()
        let call = bench.ask(put("a"), 1)
        for question in bench.take(where: { $0.node == 0 }) { bench.deliver(question) }
        bench.pass(499)
        #expect(bench.answers[call] == nil)
        bench.pass(2)
        #expect(bench.answers[call] == .unavailable)
        bench.desks[0].votersChanged(to: NodeSet([1]), epoch: 1)
        #expect(bench.get(put("a"), 2) == .unavailable)
        #expect(bench.value() == .unavailable)
        #expect(bench.desks[0].contents.calls == 0)
    }

    @Test("nobody says of a change that was forgotten whether it was made")
    func forgotten() {
        var bench = KeyBench(servers: 2)
        _ = bench.get(put("a"), 1)
        let call = bench.ask(put("b"), 2)
        let late = bench.take(where: { _ in true })
        bench.deliver(late[0])
        // A conflict is all that the others have for it, and meanwhile the key has gone on.
        for number in 100...UInt64(101 + KeyRecord.recentMax) {
            _ = bench.desks[1].takeActions()
            let other = bench.ask(put("x"), number, server: 1)
            while let question = bench.questions.first(where: { $0.server == 1 }) {
                bench.questions.removeAll {
                    $0.server == 1 && $0.node == question.node && $0.tag == question.tag
                }
                bench.deliver(question)
            }
            #expect(version(bench.answers[other]) != nil)
        }
        for question in late.dropFirst() { bench.deliver(question) }
        bench.settle()
        #expect(bench.answers[call] == .unknown)
    }

    @Test("a value is over when its time is")
    func expiry() {
        var bench = KeyBench()
        _ = bench.get(KeyChange(.put([1], ttlMilliseconds: 100)), 1)
        #expect(view(bench.value())?.value == [1])
        bench.milliseconds += 100
        #expect(bench.value() == .value(nil))
        #expect(version(bench.get(put("a", if: .absent), 2)) != nil)
    }

    @Test("a caller that left is not answered, and keeps nothing")
    func left() {
        var bench = KeyBench()
        let call = bench.ask(put("a"), 1)
        let read = bench.askValue()
        bench.desks[0].callEnded(call, at: bench.moment)
        bench.desks[0].callEnded(read, at: bench.moment)
        bench.settle()
        #expect(bench.answers.isEmpty)
        #expect(bench.desks[0].contents.calls == 0)
    }

    @Test("what no server of ours wrote is told as such, and not written over")
    func malformed() {
        var bench = KeyBench()
        let ballot = Ballot(counter: 1, proposer: 5)
        for node in 0..<3 {
            _ = bench.nodes[node].execute(
                "k", .accept(ballot, RegisterValue(bytes: [9, 9, 9]), next: nil))
        }
        #expect(bench.value() == .malformed)
        #expect(bench.get(put("a"), 1) == .malformed)
        #expect(bench.nodes[0]["k"]?.value?.bytes == [9, 9, 9])
    }

    @Test(
        "what nobody asks for is kept up to a number, and up to what it takes",
        arguments: [0, 60 << 10])
    func resting(_ size: Int) {
        var bench = KeyBench()
        let value = [UInt8](repeating: 7, count: size)
        for number in 0..<5000 {
            _ = bench.get(
                KeyChange(.put(value, ttlMilliseconds: 0)), UInt64(number + 1), key: "k\(number)")
            if number % 10 == 0 {
                // Asked for again and again, it stays.
                _ = bench.get(KeyChange(.put(value, ttlMilliseconds: 0)), 9_000_000, key: "k0")
            }
        }
        let idle = bench.desks[0].idle
        #expect(idle.keys <= RestingKeys.countMax && idle.bytes <= RestingKeys.bytesMax)
        #expect(idle.keys == bench.desks[0].contents.keys && idle.keys > 200)
        let before = bench.asked
        _ = bench.get(KeyChange(.put([], ttlMilliseconds: 0)), 9_000_001, key: "k0")
        #expect(bench.asked == before.map { $0 + 1 })
    }
}
