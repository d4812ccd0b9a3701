import HoldfastBase

/// One thing that goes wrong at a time; its numbers were drawn before the run. It is over before the
/// world is healed.
struct Fault {
    let trait: ScenarioTrait
    let at: Instant
    let length: Interval
    let first: UInt64
    let second: UInt64

    /// All faults of a run. Each kind has its own random numbers, so that leaving one out leaves the
    /// others as they are.
    static func all(_ scenario: Scenario) -> [Fault] {
        var faults: [Fault] = []
        for (number, trait) in ScenarioTrait.allCases.enumerated()
        where trait.isTimed && scenario.traits.contains(trait) {
            var generator = scenario.generator(.faults, number)
            var count = Int.random(in: 1...6, using: &generator)
            if scenario.traits.contains(.storm), trait.isOfStorms { count += 6 }
            for _ in 0..<count {
                let at = Int64.random(
                    in: 0...scenario.chaos.nanoseconds, using: &generator)
                let isLong = Int.random(in: 0..<3, using: &generator) == 0
                let longest = isLong ? scenario.longestTTL * 3 / 2 : 800
                let length = Int64.random(
                    in: 5...Int64(max(200, longest)), using: &generator)
                let left = (scenario.chaos.nanoseconds - at) / 1_000_000
                faults.append(
                    Fault(
                        trait: trait,
                        at: Instant(nanoseconds: scenario.warmUp.nanoseconds + at),
                        length: .milliseconds(max(1, min(length, 12_000, left))),
                        first: generator.next(), second: generator.next()))
            }
        }
        return faults
    }

    func pick(_ count: Int) -> Int { Int(first % UInt64(max(1, count))) }
}
