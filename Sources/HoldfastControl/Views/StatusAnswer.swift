internal import HoldfastBase
package import HoldfastWire

/// What a server is and how it is doing.
package enum StatusAnswer {
    /// A certificate that ends sooner is worth a colour.
    private static let soonMilliseconds: UInt64 = 14 * 86_400_000

    /// - Parameter endpoint: which server answered.
    package static func make(
        _ info: GetServerInfoResponse, health: ServingStatus, endpoint: String
    ) -> Answer {
        Answer(json: json(info, health, endpoint)) { surface in
            facts(info, health, endpoint).text(paint: surface.paint)
        }
    }

    private static func facts(
        _ info: GetServerInfoResponse, _ health: ServingStatus, _ endpoint: String
    ) -> FactList {
        typealias Cell = TextTable.Cell
        var list = FactList()
        list.add([
            ("server", Cell("\(endpoint), version \(HumanText.foreign(info.version))")),
            ("state", state(info.state)),
            ("health", HealthAnswer.cell(health)),
            ("node", Cell(HumanText.foreign(info.nodeId))),
            ("cluster", Cell(HumanText.foreign(info.clusterId))),
            (
                "up",
                Cell(
                    "\(HumanText.duration(milliseconds: info.uptimeMs)), since "
                        + WallTime(milliseconds: info.startedAtUnixMs).secondText)
            ),
        ])
        list.add([
            ("connections", Cell(HumanText.count(UInt64(info.connections)))),
            (
                "open calls",
                Cell("\(info.activeStreams) active, \(info.parkedStreams) parked")
            ),
            ("calls", Cell("\(HumanText.count(info.callsTotal)) since the start")),
            ("memory", Cell(HumanText.bytes(info.residentBytes))),
            ("loops", Cell("\(info.loops)")),
            ("process", Cell("\(info.processId)")),
            ("log level", Cell(HumanText.foreign(info.logLevel))),
        ])
        list.add([
            ("certificate", Cell(HumanText.foreign(info.certificateIdentity))),
            ("valid until", validity(info)),
            ("TLS", Cell(HumanText.foreign(info.tlsLibrary))),
            (
                "policy",
                info.policySha256.isEmpty
                    ? Cell("none: every client may do everything", .warning)
                    : Cell("sha256 \(HumanText.hexadecimal(Array(info.policySha256.prefix(8))))…")
            ),
            ("you are", Cell(HumanText.foreign(info.callerIdentity))),
        ])
        return list
    }

    private static func state(_ state: ServerState) -> TextTable.Cell {
        switch state {
        case .serving: .init("serving", .good)
        case .draining: .init("draining", .warning)
        case .starting: .init("starting", .warning)
        default: .init("unknown", .bad)
        }
    }

    /// By the server's clock: ours may be wrong, and it is the server that stops serving.
    private static func validity(_ info: GetServerInfoResponse) -> TextTable.Cell {
        let end = info.certificateNotAfterUnixMs
        guard end > 0 else { return "" }
        let now = info.startedAtUnixMs &+ info.uptimeMs
        let date = WallTime(milliseconds: end).secondText
        guard end > now else { return .init("\(date), expired", .bad) }
        let left = HumanText.duration(milliseconds: end - now)
        return .init("\(date), \(left) left", end - now < soonMilliseconds ? .warning : .plain)
    }

    private static func json(
        _ info: GetServerInfoResponse, _ health: ServingStatus, _ endpoint: String
    ) -> JSONValue {
        .object([
            "endpoint": .text(endpoint), "version": .text(info.version),
            "state": .text(state(info.state).text), "health": .text(HealthAnswer.name(health)),
            "node_id": .text(info.nodeId), "cluster_id": .text(info.clusterId),
            "incarnation": .hexadecimal(info.incarnation),
            "started_at_unix_ms": .number(info.startedAtUnixMs),
            "uptime_ms": .number(info.uptimeMs),
            "connections": .number(info.connections),
            "active_streams": .number(info.activeStreams),
            "parked_streams": .number(info.parkedStreams),
            "calls_total": .number(info.callsTotal), "resident_bytes": .number(info.residentBytes),
            "loops": .number(info.loops), "process_id": .number(info.processId),
            "log_level": .text(info.logLevel),
            "certificate_identity": .text(info.certificateIdentity),
            "certificate_not_after_unix_ms": .number(info.certificateNotAfterUnixMs),
            "tls_library": .text(info.tlsLibrary),
            "policy_sha256": info.policySha256.isEmpty ? .null : .hexadecimal(info.policySha256),
            "caller_identity": .text(info.callerIdentity),
        ])
    }
}
