import HoldfastBase
import HoldfastWire
import Testing

/// Both machines against each other; see `Pair`.
@Suite struct PairTests {
    @Test(arguments: 1...10 as ClosedRange<UInt64>) func bothEndsAgree(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var steps = 0
        var answers = 0
        while steps < 12_000 {
            let pair = Pair(random)
            let length = Int.random(in: 50...3000, using: &random)
            let drainAt = Int.random(in: 0..<(2 * length), using: &random)
            while pair.steps < length, !pair.isEnded {
                if pair.steps == drainAt {
                    pair.box.server.beginDrain(
                        reason: "drain", grace: .seconds(20), now: pair.now)
                }
                pair.step()
            }
            pair.settle()
            steps += pair.steps
            answers += pair.fates.values.count { $0 != .open }
            random = pair.random
        }
        #expect(answers > 500)
    }
}
