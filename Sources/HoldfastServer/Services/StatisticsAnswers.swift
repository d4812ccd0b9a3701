internal import HoldfastCoordination
internal import HoldfastWire

/// What operators are told of what the server has done. Pure.
enum StatisticsAnswers {
    static func make(
        _ facts: CoordinationFacts, uptimeMilliseconds: UInt64
    ) -> GetStatisticsResponse {
        var response = GetStatisticsResponse(uptimeMs: uptimeMilliseconds)
        for kind in CoordinationCounters.Kind.allCases {
            for end in CoordinationCounters.End.allCases {
                let count = facts.counters.value(kind, end)
                guard count > 0 else { continue }
                response.requests.append(
                    RequestCount(kind: kind.label, end: end.label, count: count))
            }
        }
        response.grants = facts.grantsMade
        response.grantsRaised = facts.grantsRaised
        response.watchers = UInt32(clamping: facts.watchers)
        response.keys = keys(facts)
        return response
    }

    private static func keys(_ facts: CoordinationFacts) -> HoldfastWire.KeyStatistics {
        let keys = facts.keys
        return HoldfastWire.KeyStatistics(
            roundsWarm: keys.roundsWarm, roundsCold: keys.roundsCold, roundsLost: keys.roundsLost,
            roundsSilent: keys.roundsSilent, folded: keys.folded, readsOne: keys.readsInOne,
            readsTwo: keys.readsInTwo, readsByChange: keys.readsByChange,
            mismatches: keys.mismatches, stale: keys.stale, unknown: keys.unknown,
            expired: keys.expired, collected: keys.collected, lessons: keys.lessons,
            states: UInt64(facts.keysKept))
    }
}
