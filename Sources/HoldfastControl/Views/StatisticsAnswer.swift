internal import HoldfastBase
package import HoldfastWire

/// What a server has done since it started.
package enum StatisticsAnswer {
    package static func make(_ response: GetStatisticsResponse) -> Answer {
        let keys = rows(response.keys ?? KeyStatistics())
        let json = JSONValue.object([
            .init(
                name: "requests",
                value: .list(
                    response.requests.map {
                        .object([
                            "kind": .text($0.kind), "end": .text($0.end),
                            "count": .number($0.count),
                        ])
                    })),
            .init(
                name: "keys",
                value: .object(keys.map { .init(name: $0.name, value: .number($0.count)) })),
            .init(name: "grants", value: .number(response.grants)),
            .init(name: "grants_raised", value: .number(response.grantsRaised)),
            .init(name: "watchers", value: .number(response.watchers)),
            .init(name: "uptime_ms", value: .number(response.uptimeMs)),
        ])
        return Answer(json: json) { surface in
            var facts = FactList()
            facts.add([
                ("up for", .init(HumanText.duration(milliseconds: response.uptimeMs))),
                ("grants", .init(HumanText.count(response.grants))),
                ("in two rounds", .init(HumanText.count(response.grantsRaised))),
                ("watchers", .init(String(response.watchers))),
            ])
            return facts.text(paint: surface.paint) + "\n"
                + requests(response.requests).text(columns: surface.columns, paint: surface.paint)
                + "\n" + table(keys).text(columns: surface.columns, paint: surface.paint)
        }
    }

    /// A line for each kind that was asked for, whatever came of it beside it.
    private static func requests(_ counts: [RequestCount]) -> TextTable {
        let ends = ["done", "not_held", "unavailable", "unknown", "refused", "abandoned"]
        var table = TextTable(
            [.init("REQUEST")]
                + ends.enumerated().map { place, end in
                    .init(
                        end.uppercased().replacing("_", with: " "), isNumber: true,
                        leaveOut: place == 0 ? 0 : place)
                })
        var kinds: [String] = []
        for count in counts where !kinds.contains(count.kind) { kinds.append(count.kind) }
        for kind in kinds {
            let cells = ends.map { end in
                let count = counts.first { $0.kind == kind && $0.end == end }?.count ?? 0
                return TextTable.Cell(count == 0 ? "-" : HumanText.count(count))
            }
            table.add([.init(HumanText.foreign(kind))] + cells)
        }
        return table
    }

    private static func table(_ rows: [Row]) -> TextTable {
        var table = TextTable([
            .init("KEYS"), .init("COUNT", isNumber: true), .init("MEANING", fit: .wrap(24)),
        ])
        for row in rows {
            table.add([
                .init(row.name), .init(HumanText.count(row.count)), .init(row.meaning),
            ])
        }
        return table
    }

    private struct Row {
        let name: String
        let count: UInt64
        let meaning: String
    }

    private static func rows(_ keys: KeyStatistics) -> [Row] {
        [
            Row(name: "rounds_warm", count: keys.roundsWarm, meaning: "changes in one round trip"),
            Row(name: "rounds_cold", count: keys.roundsCold, meaning: "changes in two"),
            Row(
                name: "rounds_lost", count: keys.roundsLost,
                meaning: "lost to another server, and tried again"),
            Row(
                name: "rounds_silent", count: keys.roundsSilent,
                meaning: "too few nodes answered"),
            Row(
                name: "folded", count: keys.folded, meaning: "changes in the round of another"),
            Row(name: "reads_one", count: keys.readsOne, meaning: "readings in one round trip"),
            Row(name: "reads_two", count: keys.readsTwo, meaning: "in two: nodes differed"),
            Row(
                name: "reads_by_change", count: keys.readsByChange,
                meaning: "readings that met a change"),
            Row(
                name: "mismatches", count: keys.mismatches,
                meaning: "conditions that did not hold"),
            Row(name: "stale", count: keys.stale, meaning: "guards that were not the holder's"),
            Row(
                name: "unknown", count: keys.unknown,
                meaning: "changes of which nobody can say whether they were made"),
            Row(name: "expired", count: keys.expired, meaning: "values whose time was over"),
            Row(
                name: "collected", count: keys.collected,
                meaning: "deleted keys that were taken from the nodes"),
            Row(
                name: "lessons", count: keys.lessons,
                meaning: "nodes that were told all keys"),
            Row(
                name: "states", count: keys.states,
                meaning: "asked for now, or kept for the next change"),
        ]
    }
}
