package import HoldfastWire

/// What came of a change to a server.
package enum ChangeAnswer {
    package static func make(_ response: DrainResponse) -> Answer {
        Answer(json: .object(["connections": .number(response.connections)])) { _ in
            let told = HumanText.plural(Int(response.connections), "connection")
            return "draining; \(told) told to go elsewhere\n"
        }
    }

    package static func make(_ response: ReloadResponse) -> Answer {
        let outcomes = JSONValue.list(response.outcomes.map { .text($0) })
        return Answer(json: .object(["outcomes": outcomes])) { surface in
            response.outcomes.map { outcome in
                let tone: Paint.Tone = wasKept(outcome) ? .bad : .plain
                return surface.paint.apply(tone, HumanText.foreign(outcome)) + "\n"
            }.joined()
        }
    }

    package static func make(_ response: SetLogLevelResponse, level: String) -> Answer {
        let json = JSONValue.object([
            "level": .text(level), "previous_level": .text(response.previousLevel),
        ])
        return Answer(json: json) { _ in
            let previous = HumanText.foreign(response.previousLevel)
            return "log level \(HumanText.foreign(level)), was \(previous)\n"
        }
    }

    /// A mistake in what was to be reloaded is a failure of the command: what was old stays.
    package static func exitStatus(_ response: ReloadResponse) -> ExitStatus {
        response.outcomes.contains(where: wasKept) ? .failure : .ok
    }

    private static func wasKept(_ outcome: String) -> Bool { outcome.contains(": kept: ") }
}
