internal import HoldfastBase
internal import HoldfastWire

/// One picture of `top`, for programs.
enum TopAnswer {
    static func make(
        _ sample: TopPicture.Sample, endpoint: String,
        table: @escaping @Sendable (Answer.Surface) -> String
    ) -> Answer {
        let waiting = sample.locks.reduce(UInt64(0)) { $0 + UInt64($1.waiting) }
        let json = JSONValue.object([
            "endpoint": .text(endpoint), "version": .text(sample.server.version),
            "uptime_ms": .number(sample.server.uptimeMs),
            "connections": .number(sample.server.connections),
            "calls_total": .number(sample.server.callsTotal),
            "locks": sample.problem == nil ? .number(UInt64(sample.locks.count)) : .null,
            "locks_cut": .bool(sample.isCut),
            "waiting": sample.problem == nil ? .number(waiting) : .null,
            "nodes": .number(UInt64(sample.nodes.nodes.count)),
            "nodes_voting": .number(UInt64(sample.nodes.nodes.count { $0.state == .voting })),
            "has_quorum": .bool(sample.nodes.hasQuorum),
        ])
        return Answer(json: json, table: table)
    }
}
