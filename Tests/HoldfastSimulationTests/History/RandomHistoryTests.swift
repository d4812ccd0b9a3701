import HoldfastBase
import HoldfastSimulation
import Testing

@Suite("Random histories")
struct RandomHistoryTests {
    private static let checks = HistoryChecks()

    @Test("A lock that is right is never blamed")
    func right() {
        for seed in 0..<200 as Range<UInt64> {
            let history = ReferenceRun.history(seed: seed, records: 300)
            for report in Self.checks.run(history) {
                #expect(report.isClean && report.excused == 0, "seed \(seed): \(report)")
            }
        }
    }

    @Test("One record that is wrong is found", arguments: HistoryMutation.allCases)
    func wrong(mutation: HistoryMutation) {
        var changed = 0
        for seed in 0..<100 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let history = ReferenceRun.history(seed: seed, records: 200)
            guard let mutated = mutation.applied(to: history, &random) else { continue }
            changed += 1
            let report = Self.checks.run(mutated).first { $0.invariant == mutation.invariant }
            #expect(report?.isClean == false, "seed \(seed) hides it")
        }
        #expect(changed > 90, "hardly any history has a place for it")
    }

    @Test("A history that went through a file is judged the same")
    func throughFile() throws {
        var history = ReferenceRun.history(seed: 3, records: 2000)
        history.records[1000].outcome = .granted(
            HistoryGrant(id: 1, fence: 1, strength: 1, deadline: .never))
        let read = try HistoryReader(HistoryWriter.bytes(of: history)).history
        #expect(Self.checks.run(read) == Self.checks.run(history))
    }

    @Test("Fairness of equal clients is nearly even")
    func fairness() {
        let history = ReferenceRun.history(seed: 1, records: 20_000)
        let fairness = WaiterFairness(HistoryIndex(history))
        #expect(fairness.grants.count == 8)
        #expect(fairness.largestDeviation < 0.2)
    }
}
