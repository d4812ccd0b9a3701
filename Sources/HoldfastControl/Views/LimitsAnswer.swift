internal import HoldfastBase
package import HoldfastWire

/// The limits of a server. Their values are shown as the configuration file takes them.
package enum LimitsAnswer {
    package static func make(_ limits: [Limit]) -> Answer {
        let json = JSONValue.object(["limits": .list(limits.map(json))])
        return Answer(json: json) { surface in
            table(limits).text(columns: surface.columns, paint: surface.paint)
        }
    }

    private static func table(_ limits: [Limit]) -> TextTable {
        var table = TextTable([
            .init("LIMIT"), .init("VALUE", isNumber: true), .init("EFFECT", fit: .wrap(24)),
        ])
        for limit in limits {
            // All are of one section; its name in each row would say nothing.
            let name = limit.name.hasPrefix("limits.") ? limit.name.dropFirst(7) : limit.name[...]
            table.add([
                .init(HumanText.foreign(String(name))), .init(value(limit)),
                .init(HumanText.foreign(limit.effect)),
            ])
        }
        return table
    }

    private static func value(_ limit: Limit) -> String {
        switch limit.unit {
        case "bytes": Quantity.text(bytes: Int64(clamping: limit.value))
        case "ms": Quantity.text(.milliseconds(Int64(clamping: limit.value)))
        default: String(limit.value)
        }
    }

    private static func json(_ limit: Limit) -> JSONValue {
        .object([
            "name": .text(limit.name), "value": .number(limit.value), "unit": .text(limit.unit),
            "effect": .text(limit.effect),
        ])
    }
}
