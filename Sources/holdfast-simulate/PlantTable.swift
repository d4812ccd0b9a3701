import Glibc
import HoldfastBase
import HoldfastSimulation

/// Looks for every planted mistake, and tells which seed shows it.
///
/// A seed that is known to show it is tried first; after a change of the workload it may not any more,
/// and then all are searched.
struct PlantTable {
    let arguments: SimulateArguments

    func run() async -> Int32 {
        var missed = 0
        #if HOLDFAST_PLANTS
            print("| plant | what is wrong | found by seed | by |")
            print("|---|---|---|---|")
            for plant in Plant.allCases {
                let (first, searched) = await search(plant)
                if first == nil, !Self.unseen.contains(plant) { missed += 1 }
                let invariant = first?.violation.prefix { $0 != ":" } ?? "–"
                let seeds = first.map { "\($0.seed)" } ?? "none of \(searched)"
                print("| \(plant.name) | \(plant.summary) | \(seeds) | \(invariant) |")
                _ = fflush(nil)
            }
            Plant.active = nil
        #endif
        return missed == 0 ? 0 : 1
    }

    #if HOLDFAST_PLANTS
        /// Of the present workload; a plant without one is searched.
        private static let known: [String: UInt64] = [
            "naiveFence": 1279, "minority": 1, "fenceFromClock": 8, "releaseAnybody": 2,
            "claimIgnored": 872, "noTombstone": 29, "placesForEver": 54, "skewAccepted": 10,
            "silentForgotten": 2, "sessionCounted": 1795, "lossAtOnce": 8809,
            "cancelledStays": 171, "noPoll": 1, "clockStuck": 59, "noAbsence": 994,
            "evictingVotes": 2093, "recoveryStuck": 471,
            "luaReleaseAnybody": 1, "luaNoTombstone": 21, "luaCounterIgnored": 4,
            "luaReadersIgnored": 0, "luaPlaceStands": 54, "deadlineFromReply": 192,
            "acceptsAnything": 8, "promiseForgotten": 26, "ballotReused": 7, "lowestTaken": 4,
            "readMinority": 4, "noWriteBack": 35, "operationForgotten": 4, "versionReset": 0,
            "unknownDenied": 4, "lessonMinority": 199, "lessonOverwrites": 230, "listMinority": 36,
            "luaAcceptsAnything": 4,
            "luaPromiseForgotten": 4,
        ]

        /// Where a plant is looked for, because it is rare elsewhere: nodes must forget while callers of
        /// keys go on.
        private static let needs: [Plant: Set<ScenarioTrait>] = [
            .learnerVotes: [.store, .storeOnly, .storm],
            .lessonMinority: [.store, .storeOnly, .storm],
            .lessonOverwrites: [.store, .storeOnly, .storm],
            .otherEpoch: [.store, .storeOnly, .storm],
            .luaLearnerVotes: [.store, .storeOnly, .storm],
            .luaLessonOverwrites: [.store, .storeOnly, .storm],
        ]

        /// No seed that was tried shows them; docs/simulation.md says what is known of each.
        private static let unseen: Set<Plant> = [
            .lateYes, .absenceKept, .floorForgotten, .laggingCounted,
            .nextUnchecked, .floorIgnored, .learnerVotes, .promiseOfMinority, .readingShared,
            .otherEpoch, .luaLearnerVotes, .luaLessonOverwrites,
        ]

        private func search(_ plant: Plant) async -> (SeedFailure?, UInt64) {
            if let seed = Self.known[plant.name], arguments.from == 0 {
                var one = arguments
                (one.from, one.seeds) = (seed, 1)
                let (found, _) = await searchAll(plant, one)
                if let found { return (found, 1) }
            }
            return await searchAll(plant, arguments)
        }

        /// The first seed that fails with the plant, and not without; after how many.
        private func searchAll(
            _ plant: Plant, _ arguments: SimulateArguments
        ) async -> (SeedFailure?, UInt64) {
            var search = arguments
            search.stops = true
            // Scripts are run by nodes that have them.
            if plant.name.hasPrefix("lua") { search.limits.kind = .lua }
            // Callers of keys only make others rarer.
            if !plant.isAboutKeys { search.limits.without.formUnion([.store, .storeOnly]) }
            if let traits = Self.needs[plant] { search.limits.with.formUnion(traits) }
            search.isQuiet = true
            let end = arguments.from + arguments.seeds
            while search.from < end {
                Plant.active = plant
                search.seeds = end - search.from
                let total = await SeedRunner(arguments: search).run()
                guard let first = total.failures.min(by: { $0.seed < $1.seed }) else { break }
                Plant.active = nil
                let alone = SimulatedRun(
                    seed: first.seed, limits: search.limits)
                search.from = first.seed + 1
                if alone.isClean { return (first, search.from - arguments.from) }
                Output.complain("seed \(first.seed) fails without any plant")
            }
            return (nil, arguments.seeds)
        }
    #endif
}
