internal import HoldfastBase

/// Contexts, and what is in force.
enum ContextAnswer {
    static func make(_ file: ContextFile) -> Answer {
        let json = JSONValue.object([
            "contexts": .list(
                file.contexts.map { context in
                    .object([
                        "name": .text(context.name), "current": .bool(context.name == file.current),
                        "endpoints": .list(
                            (context.values[.endpoints]?.texts ?? []).map { .text($0) }),
                    ])
                }), "file": .text(file.path),
        ])
        return Answer(json: json) { surface in
            guard !file.contexts.isEmpty else {
                return "no contexts in \(HumanText.foreign(file.path))\n"
            }
            var table = TextTable([
                .init(""), .init("CONTEXT"), .init("ENDPOINTS", fit: .cutEnd(16)),
            ])
            for context in file.contexts {
                let endpoints = context.values[.endpoints]?.texts.joined(separator: ",") ?? "-"
                table.add([
                    .init(context.name == file.current ? "*" : " ", .good),
                    .init(HumanText.foreign(context.name)), .init(HumanText.foreign(endpoints)),
                ])
            }
            return table.text(columns: surface.columns, paint: surface.paint)
        }
    }

    static func make(
        _ context: String?, _ given: [ControlKey: ControlSettings.Given], file: String
    ) -> Answer {
        let rows = ControlKey.allCases.map { key in
            JSONValue.object([
                "key": .text(key.rawValue),
                "value": given[key].map { given in
                    key == .endpoints
                        ? .list(given.texts.map { .text($0) }) : .text(given.texts.last ?? "")
                } ?? key.standard.map { .text($0) } ?? .null,
                "origin": given[key].map { .text($0.origin.text) } ?? .text("default"),
            ])
        }
        let json = JSONValue.object([
            "settings": .list(rows), "context": context.map { .text($0) } ?? .null,
            "file": .text(file),
        ])
        return Answer(json: json) { surface in
            var table = TextTable([
                .init("KEY"), .init("VALUE", fit: .cutFront(16)), .init("FROM", fit: .cutFront(16)),
            ])
            for key in ControlKey.allCases {
                let value = given[key]?.texts.joined(separator: ",") ?? key.standard ?? "-"
                table.add([
                    .init(key.rawValue), .init(HumanText.foreign(value)),
                    .init(HumanText.foreign(given[key]?.origin.text ?? "default")),
                ])
            }
            return "context \(context.map(HumanText.foreign) ?? "-")\n\n"
                + table.text(columns: surface.columns, paint: surface.paint)
        }
    }

    static func used(_ name: String, _ file: String) -> Answer {
        Answer(json: .object(["current": .text(name), "file": .text(file)])) { _ in
            "\(HumanText.foreign(name)) is the current context\n"
        }
    }

    static func set(_ name: String, _ file: String, isFirst: Bool) -> Answer {
        let json = JSONValue.object([
            "context": .text(name), "current": .bool(isFirst), "file": .text(file),
        ])
        return Answer(json: json) { _ in
            "context \(HumanText.foreign(name)) is in \(HumanText.foreign(file))"
                + (isFirst ? ", and is the current one" : "") + "\n"
        }
    }
}
