/// Makes a failing run smaller: leaves out kinds of faults, ways of working, clients, locks and servers,
/// as long as the same promise is broken.
package struct Shrinker {
    package private(set) var limits: ScenarioLimits
    package private(set) var run: SimulatedRun
    private let lua = LuaEngine()
    private let invariant: HistoryInvariant?

    package init(seed: UInt64, limits: ScenarioLimits) {
        self.limits = limits
        run = SimulatedRun(seed: seed, limits: limits)
        invariant = run.violations.first?.invariant
    }

    /// Tries until nothing more can be left out; tells of each step that succeeded.
    package mutating func shrink(_ tell: (String) -> Void) {
        guard invariant != nil else { return }
        var isSmaller = true
        while isSmaller {
            isSmaller = false
            for trait in ScenarioTrait.allCases where run.scenario.traits.contains(trait) {
                var smaller = limits
                smaller.without.insert(trait)
                if take(smaller) {
                    isSmaller = true
                    tell("without \(trait.rawValue): still fails")
                }
            }
            isSmaller = reduce("clients", \.clientsMax, run.scenario.clients, tell) || isSmaller
            isSmaller = reduce("locks", \.keysMax, run.scenario.keys, tell) || isSmaller
            isSmaller = reduce("servers", \.serversMax, run.scenario.servers, tell) || isSmaller
        }
    }

    private mutating func reduce(
        _ name: String, _ limit: WritableKeyPath<ScenarioLimits, Int>, _ count: Int,
        _ tell: (String) -> Void
    ) -> Bool {
        for fewer in 1..<max(1, count) {
            var smaller = limits
            smaller[keyPath: limit] = fewer
            if take(smaller) {
                tell("\(fewer) \(name): still fails")
                return true
            }
        }
        return false
    }

    private mutating func take(_ smaller: ScenarioLimits) -> Bool {
        let tried = SimulatedRun(seed: run.seed, limits: smaller, lua: lua)
        guard tried.violations.contains(where: { $0.invariant == invariant }) else { return false }
        limits = smaller
        run = tried
        return true
    }

    /// The command line that shows what is left.
    package var commandLine: String {
        var line = "holdfast-simulate --trace \(run.seed)"
        if !limits.without.isEmpty {
            line += " --without " + limits.without.map(\.rawValue).sorted().joined(separator: ",")
        }
        if !limits.with.isEmpty {
            line += " --with " + limits.with.map(\.rawValue).sorted().joined(separator: ",")
        }
        if limits.clientsMax != .max { line += " --clients \(limits.clientsMax)" }
        if limits.keysMax != .max { line += " --keys \(limits.keysMax)" }
        if limits.serversMax != .max { line += " --servers \(limits.serversMax)" }
        if let nodes = limits.nodes { line += " --cluster \(nodes)" }
        line += " --nodes \(run.scenario.kind.rawValue)"
        return line
    }
}
