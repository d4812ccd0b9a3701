package import HoldfastWire

/// The open connections of a server, and its open calls.
package enum ConnectionsAnswer {
    package static func make(_ connections: [ConnectionInfo]) -> Answer {
        let json = JSONValue.object(["connections": .list(connections.map(json))])
        return Answer(json: json) { surface in
            table(connections).text(columns: surface.columns, paint: surface.paint)
        }
    }

    private static func table(_ connections: [ConnectionInfo]) -> TextTable {
        var table = TextTable([
            .init("ID", isNumber: true),
            .init("PEER", fit: .cutEnd(15)),
            .init("IDENTITY", fit: .cutFront(20)),
            .init("AGENT", fit: .cutEnd(12), leaveOut: 5),
            .init("STATE"),
            .init("AGE", isNumber: true),
            .init("IDLE", isNumber: true),
            .init("OPEN", isNumber: true),
            .init("PARKED", isNumber: true, leaveOut: 2),
            .init("CALLS", isNumber: true, leaveOut: 1),
            .init("IN", isNumber: true, leaveOut: 4),
            .init("OUT", isNumber: true, leaveOut: 4),
            .init("QUEUED", isNumber: true, leaveOut: 3),
        ])
        for each in connections {
            table.add([
                .init("\(each.id)"), .init(HumanText.foreign(each.peer)),
                .init(each.identity.isEmpty ? "-" : HumanText.foreign(each.identity)),
                .init(each.agent.isEmpty ? "-" : HumanText.foreign(each.agent)),
                .init(HumanText.foreign(each.state), each.state == "open" ? .plain : .warning),
                .init(HumanText.duration(milliseconds: each.ageMs)),
                .init(HumanText.duration(milliseconds: each.idleMs)),
                .init("\(each.activeStreams)"), .init("\(each.parkedStreams)"),
                .init("\(each.callsTotal)"),
                .init(HumanText.bytes(each.bytesIn)), .init(HumanText.bytes(each.bytesOut)),
                .init(HumanText.bytes(each.bytesQueued)),
            ])
        }
        return table
    }

    private static func json(_ each: ConnectionInfo) -> JSONValue {
        .object([
            "id": .number(each.id), "peer": .text(each.peer), "identity": .text(each.identity),
            "agent": .text(each.agent), "state": .text(each.state),
            "age_ms": .number(each.ageMs), "idle_ms": .number(each.idleMs),
            "active_streams": .number(each.activeStreams),
            "parked_streams": .number(each.parkedStreams),
            "calls_total": .number(each.callsTotal), "bytes_in": .number(each.bytesIn),
            "bytes_out": .number(each.bytesOut), "bytes_queued": .number(each.bytesQueued),
        ])
    }
}
