package import HoldfastWire

/// Sessions and their grants.
package enum SessionAnswer {
    package static func make(_ response: OpenSessionResponse) -> Answer {
        let json = JSONValue.object([
            "session": .hexadecimal(response.session), "ttl_ms": .number(response.ttlMs),
            "strength": .number(response.strength), "nodes": .number(response.nodes),
        ])
        return Answer(json: json) { surface in
            var list = FactList()
            list.add([
                ("session", .init(HumanText.hexadecimal(response.session))),
                ("lives", .init(HumanText.duration(milliseconds: response.ttlMs))),
                ("strength", .init("\(response.strength) of \(response.nodes)")),
            ])
            return list.text(paint: surface.paint)
        }
    }

    package static func make(_ response: KeepAliveResponse) -> Answer {
        let json = JSONValue.object([
            "ttl_ms": .number(response.ttlMs), "strength": .number(response.strength),
            "nodes": .number(response.nodes),
            "lost": .list(response.lost.map { .hexadecimal($0) }),
            "grants_count": .number(response.grantsCount),
            "grants_digest": .number(response.grantsDigest),
        ])
        return Answer(json: json) { surface in
            let held = HumanText.plural(Int(clamping: response.grantsCount), "lock")
            let life = HumanText.duration(milliseconds: response.ttlMs)
            return "alive for \(life), with \(held)\n"
                + response.lost.map {
                    surface.paint.apply(.bad, "lost: \(HumanText.hexadecimal($0))") + "\n"
                }.joined()
        }
    }

    package static let closed = Answer(json: .object(["closed": .bool(true)])) { _ in
        "closed\n"
    }

    package static func make(_ response: ListGrantsResponse) -> Answer {
        let json = JSONValue.object([
            "grants": .list(response.grants.map(json)), "nodes": .number(response.nodes),
        ])
        return Answer(json: json) { surface in
            guard !response.grants.isEmpty else { return "the session holds nothing\n" }
            var table = TextTable([
                .init("GRANT"), .init("KIND"), .init("NAMES", fit: .cutEnd(12)),
                .init("FENCE", isNumber: true), .init("NODES", isNumber: true, leaveOut: 1),
            ])
            for each in response.grants {
                let names = each.names + each.elections
                table.add([
                    .init(HumanText.hexadecimal(each.grant)), .init(kind(each)),
                    .init(names.map(HumanText.foreign).joined(separator: ", ")),
                    .init(String(each.fence)), .init("\(each.strength)/\(response.nodes)"),
                ])
            }
            return table.text(columns: surface.columns, paint: surface.paint)
        }
    }

    /// The sessions that hold locks: nobody lists those that hold none.
    package static func make(_ locks: [LockInfo]) -> Answer {
        var order: [[UInt8]] = []
        var names: [[UInt8]: [String]] = [:]
        for lock in locks {
            for holder in lock.holders where !holder.session.isEmpty {
                if names[holder.session] == nil { order.append(holder.session) }
                names[holder.session, default: []].append(lock.name)
            }
        }
        let sessions = order.map { (id: $0, names: names[$0] ?? []) }
        let json = JSONValue.object([
            "sessions": .list(
                sessions.map { session in
                    .object([
                        "session": .hexadecimal(session.id),
                        "locks": .list(session.names.map { .text($0) }),
                    ])
                })
        ])
        return Answer(json: json) { surface in
            guard !sessions.isEmpty else { return "no session holds a lock\n" }
            var table = TextTable([
                .init("SESSION"), .init("LOCKS", isNumber: true), .init("NAMES", fit: .cutEnd(16)),
            ])
            for session in sessions {
                table.add([
                    .init(HumanText.hexadecimal(session.id)), .init(String(session.names.count)),
                    .init(session.names.map(HumanText.foreign).joined(separator: ", ")),
                ])
            }
            return table.text(columns: surface.columns, paint: surface.paint)
        }
    }

    package static func make(_ element: SessionEventsResponse, time: String) -> Answer {
        switch element.event {
        case .lost(let lost):
            let json = JSONValue.object([
                "time": .text(time), "lost": .list(lost.grants.map { .hexadecimal($0) }),
            ])
            return Answer(json: json) { surface in
                lost.grants.map {
                    "\(time)  " + surface.paint.apply(.bad, "lost")
                        + "  \(HumanText.hexadecimal($0))\n"
                }.joined()
            }
        case .ended, nil:
            let json = JSONValue.object(["time": .text(time), "ended": .bool(true)])
            return Answer(json: json) { surface in
                "\(time)  " + surface.paint.apply(.bad, "ended") + "\n"
            }
        }
    }

    private static func kind(_ grant: SessionGrantInfo) -> String {
        if !grant.elections.isEmpty { return "lead" }
        return grant.shared ? "shared" : "exclusive"
    }

    private static func json(_ grant: SessionGrantInfo) -> JSONValue {
        .object([
            "grant": .hexadecimal(grant.grant), "kind": .text(kind(grant)),
            "names": .list(grant.names.map { .text($0) }),
            "elections": .list(grant.elections.map { .text($0) }),
            "fence": .number(grant.fence), "strength": .number(grant.strength),
        ])
    }
}
