import HoldfastSimulation

if CommandLine.arguments.count > 1, let seed = UInt64(CommandLine.arguments[1]) {
    let run = SimulatedRun(seed: seed, isLogged: true)
    print(run.scenario.description)
    for line in run.log { print(line.text) }
    for violation in run.violations.prefix(5) { print(violation) }
} else {
    for seed in 0..<UInt64(CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2])! : 200) {
        let run = SimulatedRun(seed: seed)
        let again = SimulatedRun(seed: seed)
        print(seed, run.hash == again.hash, run.events, run.records, run.scenario.description)
        for violation in run.violations.prefix(2) { print(violation) }
    }
}
