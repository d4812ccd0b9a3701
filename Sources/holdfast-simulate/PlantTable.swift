import Glibc
import HoldfastBase
import HoldfastSimulation

/// Looks for every planted mistake, and tells how many seeds each took.
struct PlantTable {
    let arguments: SimulateArguments

    func run() async -> Int32 {
        var missed = 0
        #if HOLDFAST_PLANTS
            print("| plant | what is wrong | found after | by |")
            print("|---|---|---|---|")
            for plant in Plant.allCases {
                let (first, searched) = await search(plant)
                if first == nil { missed += 1 }
                let invariant = first?.violation.prefix { $0 != ":" } ?? "–"
                let seeds =
                    first == nil ? "not in \(searched) seeds" : "\(searched) seeds"
                print("| \(plant.name) | \(plant.summary) | \(seeds) | \(invariant) |")
                _ = fflush(nil)
            }
            Plant.active = nil
        #endif
        return missed == 0 ? 0 : 1
    }

    #if HOLDFAST_PLANTS
        /// The first seed that fails with the plant, and not without; after how many.
        private func search(_ plant: Plant) async -> (SeedFailure?, UInt64) {
            var search = arguments
            search.stops = true
            search.isQuiet = true
            let end = arguments.from + arguments.seeds
            while search.from < end {
                Plant.active = plant
                search.seeds = end - search.from
                let total = await SeedRunner(arguments: search).run()
                guard let first = total.failures.min(by: { $0.seed < $1.seed }) else { break }
                Plant.active = nil
                let alone = SimulatedRun(
                    seed: first.seed, kind: arguments.kind, limits: arguments.limits)
                search.from = first.seed + 1
                if alone.isClean { return (first, search.from - arguments.from) }
                Output.complain("seed \(first.seed) fails without any plant")
            }
            return (nil, arguments.seeds)
        }
    #endif
}
