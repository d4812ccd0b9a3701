package import HoldfastWire

/// The open calls of a server.
package enum StreamsAnswer {
    package static func make(_ response: ListStreamsResponse) -> Answer {
        let json = JSONValue.object([
            "streams": .list(response.streams.map(json)), "truncated": .bool(response.truncated),
        ])
        return Answer(json: json) { surface in
            let text = table(response.streams)
                .text(columns: surface.columns, paint: surface.paint)
            guard response.truncated else { return text }
            let more = "There are more; ask for one connection with --connection ID."
            return text + surface.paint.apply(.warning, more) + "\n"
        }
    }

    private static func table(_ streams: [StreamInfo]) -> TextTable {
        var table = TextTable([
            .init("CONN", isNumber: true), .init("STREAM", isNumber: true),
            .init("METHOD", fit: .cutFront(20)), .init("KIND"), .init("STATE"),
            .init("AGE", isNumber: true), .init("LEFT", isNumber: true),
        ])
        for each in streams {
            table.add([
                .init("\(each.connectionId)"), .init("\(each.streamId)"),
                .init(HumanText.foreign(each.method)), .init(each.parked ? "parked" : "active"),
                each.cancelled ? .init("cancelled", .warning) : "open",
                .init(HumanText.duration(milliseconds: each.ageMs)),
                .init(
                    each.remainingMs == 0
                        ? "-" : HumanText.duration(milliseconds: each.remainingMs)),
            ])
        }
        return table
    }

    private static func json(_ each: StreamInfo) -> JSONValue {
        .object([
            "connection_id": .number(each.connectionId), "stream_id": .number(each.streamId),
            "method": .text(each.method), "parked": .bool(each.parked),
            "cancelled": .bool(each.cancelled), "age_ms": .number(each.ageMs),
            "remaining_ms": each.remainingMs == 0 ? .null : .number(each.remainingMs),
        ])
    }
}
