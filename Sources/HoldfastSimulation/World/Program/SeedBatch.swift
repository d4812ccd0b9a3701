import HoldfastBase

/// What became of some seeds.
package struct SeedBatch: Sendable {
    package private(set) var seeds = 0
    package private(set) var events = 0
    package private(set) var records = 0
    package private(set) var excused = 0
    /// Time that passed in the worlds, in seconds.
    package private(set) var seconds: Double = 0
    package private(set) var coverage = Coverage()
    /// With seeds whose second run differed from the first.
    package private(set) var failures: [SeedFailure] = []

    package init() {}

    /// Runs seeds one after the other; some of them twice.
    package init(
        _ range: Range<UInt64>, limits: ScenarioLimits, stopsAtFirst: Bool
    ) {
        let lua = LuaEngine()
        for seed in range {
            let run = SimulatedRun(seed: seed, limits: limits, lua: lua)
            add(run)
            // Each fiftieth tells whether chance or time from outside has come in.
            if seed % 50 == 0 {
                let again = SimulatedRun(seed: seed, limits: limits)
                if again.hash != run.hash {
                    failures.append(
                        SeedFailure(seed: seed, violation: "a second run was another one"))
                }
            }
            if stopsAtFirst, !failures.isEmpty { return }
        }
    }

    private mutating func add(_ run: SimulatedRun) {
        seeds += 1
        events += run.events
        records += run.records
        excused += run.excused
        seconds += Double(run.length.nanoseconds) / 1e9
        coverage.add(run.coverage)
        if let first = run.violations.first {
            failures.append(SeedFailure(seed: run.seed, violation: first.description))
        }
    }

    package mutating func add(_ other: SeedBatch) {
        seeds += other.seeds
        events += other.events
        records += other.records
        excused += other.excused
        seconds += other.seconds
        coverage.add(other.coverage)
        failures += other.failures
    }
}

/// A seed that broke a promise, and the first thing that was wrong.
package struct SeedFailure: Sendable {
    package let seed: UInt64
    package let violation: String
}
