package import HoldfastBase

/// One seed, from its beginning to the verdict.
package struct SimulatedRun: Sendable {
    package let seed: UInt64
    package let scenario: Scenario
    package let violations: [HistoryViolation]
    package let hash: UInt64
    package let events: Int
    /// How much time passed in the world, without the sleep at its end.
    package let length: Interval
    package let records: Int
    package let excused: Int
    package let coverage: Coverage
    package let log: [TraceLine]

    /// Runs a seed. What is right and wrong in it depends on nothing but the arguments; a Lua engine
    /// that has been used already saves the time to compile the scripts.
    package init(
        seed: UInt64, limits: ScenarioLimits = ScenarioLimits(), isLogged: Bool = false,
        lua: LuaEngine = LuaEngine()
    ) {
        self.seed = seed
        scenario = Scenario(seed: seed, limits: limits)
        let world = World(scenario, lua: lua, isLogged: isLogged)
        world.run()
        hash = world.hash.value
        events = world.events
        length = world.healedAt - .zero
        records = world.history.records.count + world.keyCalls.count
        log = world.log ?? []
        var violations = world.complaints
        var excused = 0
        // Who waits is told of the holder at its last look, which may be one poll ago.
        let slack: Interval =
            scenario.hasFaults
            ? .milliseconds(Int64(clamping: scenario.longestTTL) * 3 + 15_000) : .seconds(4)
        let checks = HistoryChecks(
            releaseSlack: slack, healed: world.healedAt, livenessBound: world.livenessBound)
        for report in checks.run(world.history) {
            violations += report.violations
            excused += report.excused
        }
        violations += world.fencesAhead()
        let keys = world.judgeKeys()
        violations += keys.report.violations
        excused += keys.report.excused
        for _ in 0..<keys.undecided { world.coverage.note(.keysUndecided) }
        coverage = world.coverage
        let leaks = LeakCheck.run(world.residue, memoryMax: .zero)
        violations += leaks.violations
        self.excused = excused
        self.violations = violations
    }

    package var isClean: Bool { violations.isEmpty }
}
