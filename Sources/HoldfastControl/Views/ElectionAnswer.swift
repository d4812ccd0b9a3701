package import HoldfastWire

/// Elections: what came of standing for one, and who leads.
package enum ElectionAnswer {
    package static func make(_ outcome: CampaignResponse.Outcome?) -> (Answer, ExitStatus) {
        switch outcome {
        case .lead(let lead): (answer(lead), .ok)
        case .notElected(let other): (answer(other), .notInTime)
        case nil: (Answer(json: .null) { _ in "the server did not say\n" }, .failure)
        }
    }

    private static func answer(_ lead: Lead) -> Answer {
        let json = JSONValue.object([
            "leads": .bool(true), "key": .hexadecimal(lead.key), "fence": .number(lead.fence),
            "ttl_ms": lead.ttlMs == 0 ? .null : .number(lead.ttlMs),
            "waited_ms": .number(lead.waitedMs), "strength": .number(lead.strength),
            "nodes": .number(lead.nodes),
        ])
        return Answer(json: json) { surface in
            var list = FactList()
            list.add([
                ("you lead", .init("yes", .good)),
                ("key", .init(HumanText.hexadecimal(lead.key))),
                ("fence", .init(String(lead.fence))),
                (
                    "lasts",
                    .init(lead.ttlMs == 0 ? "" : HumanText.duration(milliseconds: lead.ttlMs))
                ),
                ("strength", .init("\(lead.strength) of \(lead.nodes)")),
            ])
            return list.text(paint: surface.paint)
        }
    }

    private static func answer(_ other: NotElected) -> Answer {
        var remaining: UInt64?
        if case .remainingMs(let milliseconds) = other.remaining { remaining = milliseconds }
        let left = remaining
        let json = JSONValue.object([
            "leads": .bool(false),
            "leader_fence": other.leaderFence == 0 ? .null : .number(other.leaderFence),
            "leader_value": .text(String(decoding: other.leaderValue, as: UTF8.self)),
            "remaining_ms": left.map { .number($0) } ?? .null,
            "waiting": .number(other.waiting), "waited_ms": .number(other.waitedMs),
        ])
        return Answer(json: json) { surface in
            var list = FactList()
            list.add([
                ("you lead", .init("no", .bad)),
                ("leader says", .init(text(other.leaderValue))),
                ("fence", .init(other.leaderFence == 0 ? "" : String(other.leaderFence))),
                ("for", .init(left.map { HumanText.duration(milliseconds: $0) } ?? "")),
                ("waiting", .init(other.waiting == 0 ? "" : String(other.waiting))),
            ])
            return list.text(paint: surface.paint)
        }
    }

    package static func make(_ response: LeaderResponse) -> (Answer, ExitStatus) {
        guard let leader = response.leadership else {
            let json = JSONValue.object([
                "leader": .null, "waiting": .number(response.waiting),
            ])
            return (Answer(json: json) { _ in "nobody leads\n" }, .notInTime)
        }
        var remaining: UInt64?
        if case .remainingMs(let milliseconds) = leader.remaining { remaining = milliseconds }
        let left = remaining
        let json = JSONValue.object([
            "leader": .object([
                "fence": .number(leader.fence),
                "value": .text(String(decoding: leader.value, as: UTF8.self)),
                "sequence": .number(leader.sequence),
                "remaining_ms": left.map { .number($0) } ?? .null,
                "strength": .number(leader.strength),
            ]), "waiting": .number(response.waiting),
        ])
        let answer = Answer(json: json) { surface in
            var list = FactList()
            list.add([
                ("leader says", .init(text(leader.value))),
                ("fence", .init(String(leader.fence))),
                ("for", .init(left.map { HumanText.duration(milliseconds: $0) } ?? "")),
                ("strength", .init(String(leader.strength))),
                ("waiting", .init(String(response.waiting))),
            ])
            return list.text(paint: surface.paint)
        }
        return (answer, .ok)
    }

    package static func make(_ response: ProclaimResponse) -> (Answer, ExitStatus) {
        let answer = Answer(json: .object(["sequence": .number(response.sequence)])) { _ in
            "proclaimed as number \(response.sequence)\n"
        }
        return (answer, .ok)
    }

    package static func make(_ response: RenewLeadResponse) -> (Answer, ExitStatus) {
        let json = JSONValue.object([
            "fence": .number(response.fence), "ttl_ms": .number(response.ttlMs),
            "strength": .number(response.strength),
        ])
        let answer = Answer(json: json) { _ in
            "renewed for \(HumanText.duration(milliseconds: response.ttlMs))\n"
        }
        return (answer, .ok)
    }

    package static func make(_ response: ResignResponse) -> (Answer, ExitStatus) {
        let answer = Answer(json: .object(["led": .bool(response.led)])) { surface in
            response.led
                ? "resigned\n" : surface.paint.apply(.warning, "you did not lead") + "\n"
        }
        return (answer, response.led ? .ok : .precondition)
    }

    private static func text(_ value: [UInt8]) -> String {
        HumanText.foreign(String(decoding: value, as: UTF8.self))
    }
}
