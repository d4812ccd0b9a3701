package import HoldfastWire

/// Whether a server or a service answers.
package enum HealthAnswer {
    /// - Parameter time: when it was so, for a watch.
    package static func make(
        service: String, _ status: ServingStatus, time: String? = nil
    ) -> Answer {
        var members = [
            JSONValue.Member(name: "service", value: .text(service)),
            JSONValue.Member(name: "status", value: .text(name(status))),
        ]
        if let time { members.insert(.init(name: "time", value: .text(time)), at: 0) }
        return Answer(json: .object(members)) { surface in
            let cell = cell(status)
            let prefix = time.map { surface.paint.apply(.faint, $0) + "  " } ?? ""
            return prefix + surface.paint.apply(cell.tone, cell.text) + "\n"
        }
    }

    /// What a check ends with.
    package static func exitStatus(_ status: ServingStatus) -> ExitStatus {
        switch status {
        case .serving: .ok
        case .notServing: .unavailable
        default: .failure
        }
    }

    static func name(_ status: ServingStatus) -> String {
        switch status {
        case .serving: "serving"
        case .notServing: "not_serving"
        case .serviceUnknown: "service_unknown"
        default: "unspecified"
        }
    }

    static func cell(_ status: ServingStatus) -> TextTable.Cell {
        switch status {
        case .serving: .init("serving", .good)
        case .notServing: .init("not serving", .bad)
        case .serviceUnknown: .init("no such service", .bad)
        default: .init("unknown", .warning)
        }
    }
}
