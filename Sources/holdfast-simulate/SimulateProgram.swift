import Glibc
import HoldfastBase
import HoldfastSimulation
import HoldfastSystem

/// What `holdfast-simulate` does, from its arguments to its exit status.
struct SimulateProgram {
    let arguments: SimulateArguments

    func run() async -> Int32 {
        if let problem = choosePlant() {
            Output.complain(problem)
            return 2
        }
        if let seed = arguments.trace { return trace(seed) }
        if let seed = arguments.shrink { return shrink(seed) }
        if arguments.allPlants { return await PlantTable(arguments: arguments).run() }
        return await runSeeds()
    }

    private func choosePlant() -> String? {
        guard arguments.plant != nil || arguments.allPlants else { return nil }
        #if HOLDFAST_PLANTS
            guard let name = arguments.plant else { return nil }
            guard let plant = Plant.allCases.first(where: { $0.name == name }) else {
                return "--plant: none is called \"\(TextEscape.printable(name))\""
                    + Suggestion.hint(for: name, among: Plant.allCases.map(\.name))
                    + "; there are: "
                    + Plant.allCases.map(\.name).joined(separator: ", ")
            }
            Plant.active = plant
            return nil
        #else
            return "this build has no plants; tools/simulate-plants makes one that has"
        #endif
    }

    private func runSeeds() async -> Int32 {
        let start = Clocks.now()
        let total = await SeedRunner(arguments: arguments).run()
        let seconds = Double((Clocks.now() - start).nanoseconds) / 1e9
        for failure in total.failures.prefix(10) {
            print("seed \(failure.seed): \(failure.violation)")
        }
        let rate = Int(Double(total.seeds) / max(seconds, 0.001))
        let probes = Coverage.Probe.allCases
            .map { "\(total.coverage.count($0)) \($0)" }.joined(separator: ", ")
        if !arguments.isQuiet { print("seen: \(probes)") }
        print(
            "\(total.seeds) seeds from \(arguments.from) on \(arguments.limits.kind?.rawValue ?? "all kinds of") nodes: "
                + "\(total.failures.count) failed, \(total.records) records, \(total.excused) "
                + "excused, \(Int(total.seconds / 3600)) h simulated, \(rate) seeds a second")
        return total.failures.isEmpty ? 0 : 1
    }

    private func trace(_ seed: UInt64) -> Int32 {
        let run = SimulatedRun(
            seed: seed, limits: arguments.limits, isLogged: true)
        print("seed \(seed): \(run.scenario.description)")
        for line in run.log { print(line.text) }
        return verdict(run)
    }

    private func verdict(_ run: SimulatedRun) -> Int32 {
        for violation in run.violations { print(violation) }
        print(
            "seed \(run.seed): \(run.violations.count) violations in \(run.events) events, trace "
                + String(run.hash, radix: 16))
        return run.isClean ? 0 : 1
    }

    private func shrink(_ seed: UInt64) -> Int32 {
        var shrinker = Shrinker(seed: seed, limits: arguments.limits)
        guard !shrinker.run.isClean else {
            print("seed \(seed): nothing is wrong")
            return 0
        }
        print("seed \(seed): \(shrinker.run.scenario.description)")
        shrinker.shrink { print($0) }
        print("left: \(shrinker.run.scenario.description)")
        let status = verdict(shrinker.run)
        print(shrinker.commandLine)
        return status
    }
}
