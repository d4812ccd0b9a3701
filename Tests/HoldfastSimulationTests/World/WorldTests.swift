import HoldfastBase
import HoldfastSimulation
import Testing

/// A few worlds only: debug builds are slow. tools/test-simulate runs thousands in a release build.
@Suite("Worlds")
struct WorldTests {
    @Test("a seed keeps its promises", arguments: 0..<24 as Range<UInt64>)
    func clean(_ seed: UInt64) {
        let run = SimulatedRun(seed: seed)
        #expect(run.violations.map(\.description).isEmpty)
        #expect(run.events > 100)
    }

    /// Each broke a promise once, its own or one that the world had made for it; docs/simulation.md
    /// says which. They were found before calls were bytes,
    /// connections flaky, and callers had keys.
    @Test(
        "a seed that failed once does not fail again",
        arguments: [16202, 16330, 22791, 18171, 20825] as [UInt64])
    func mended(_ seed: UInt64) {
        var limits = ScenarioLimits()
        limits.without = [.wire, .flaky, .storm, .store, .storeOnly]
        let run = SimulatedRun(seed: seed, limits: limits)
        #expect(run.violations.map(\.description).isEmpty)
        #expect(run.events > 100)
    }

    /// A swept session that came back; admissions that met again and again; what was given up and
    /// told of a fence.
    @Test(
        "a seed of flaky worlds that failed once does not fail again",
        arguments: [31044, 38506, 45359, 49772] as [UInt64])
    func mendedInFlakyWorlds(_ seed: UInt64) {
        var limits = ScenarioLimits()
        limits.without = [.store, .storeOnly]
        let run = SimulatedRun(seed: seed, limits: limits)
        #expect(run.violations.map(\.description).isEmpty)
        #expect(run.events > 100)
    }

    @Test("the same seed does the same, another one something else", arguments: NodeKind.allCases)
    func repeatable(_ kind: NodeKind) {
        var limits = ScenarioLimits()
        limits.kind = kind
        let run = SimulatedRun(seed: 3, limits: limits)
        #expect(SimulatedRun(seed: 3, limits: limits, isLogged: true).hash == run.hash)
        #expect(SimulatedRun(seed: 4, limits: limits).hash != run.hash)
    }

    @Test("scripts are brought back to nodes that lost them")
    func missingScripts() {
        var limits = ScenarioLimits()
        limits.kind = .lua
        let batch = SeedBatch(0..<8, limits: limits, stopsAtFirst: false)
        #expect(batch.failures.isEmpty)
        #expect(batch.coverage.count(.missingScripts) > 0)
        #expect(batch.coverage.count(.grants) > 0)
    }

    @Test("what is left out is left out, and the rest stays as it was")
    func limits() {
        var limits = ScenarioLimits()
        let whole = Scenario(seed: 5)
        limits.clientsMax = 1
        limits.without = whole.traits.filter(\.isFault)
        let part = Scenario(seed: 5, limits: limits)
        #expect(part.clients == 1)
        #expect(!part.hasFaults)
        #expect(part.nodes == whole.nodes && part.ttls.first == whole.ttls.first)
    }

    @Test("runs show what they are for")
    func coverage() {
        let batch = SeedBatch(
            0..<24, limits: ScenarioLimits(), stopsAtFirst: false)
        #expect(batch.failures.isEmpty)
        let probes: [Coverage.Probe] = [
            .grants, .releases, .handOffs, .faults, .restarts, .lost, .wires, .pieces,
            .keyChanges, .keyReads, .keyMismatches, .keyRepeats, .keyPages, .ballotsLost, .lessons,
        ]
        for probe in probes {
            #expect(batch.coverage.count(probe) > 0, "\(probe)")
        }
    }
}
