package import HoldfastBase

/// The lines of `ping`.
package enum PingAnswer {
    package static func begin(
        endpoint: String, node: String, agent: String, size: Int, connecting: Interval
    ) -> Answer {
        let json = JSONValue.object([
            "endpoint": .text(endpoint), "node_id": .text(node), "agent": .text(agent),
            "payload_bytes": .number(UInt64(size)), "connect_ns": nanoseconds(connecting),
        ])
        return Answer(json: json) { _ in
            let who = [agent, node].filter { !$0.isEmpty }.map(HumanText.foreign)
                .joined(separator: ", ")
            return "PING \(endpoint) (\(who)), \(size) bytes, "
                + "connected in \(HumanText.roundTrip(connecting))\n"
        }
    }

    package static func answered(_ number: Int, _ time: Interval) -> Answer {
        let json = JSONValue.object([
            "seq": .number(UInt64(number)), "round_trip_ns": nanoseconds(time),
        ])
        return Answer(json: json) { _ in "seq=\(number) time=\(HumanText.roundTrip(time))\n" }
    }

    package static func failed(_ number: Int, _ error: String) -> Answer {
        let json = JSONValue.object(["seq": .number(UInt64(number)), "error": .text(error)])
        return Answer(json: json) { surface in
            "seq=\(number) " + surface.paint.apply(.bad, HumanText.foreign(error)) + "\n"
        }
    }

    package static func summary(_ statistics: PingStatistics, endpoint: String) -> Answer {
        let summary = statistics.summary
        var members: [JSONValue.Member] = [
            .init(name: "calls", value: .number(UInt64(statistics.calls))),
            .init(name: "answers", value: .number(UInt64(statistics.answers))),
        ]
        if let summary {
            members += [
                .init(name: "min_ns", value: nanoseconds(summary.least)),
                .init(name: "avg_ns", value: nanoseconds(summary.average)),
                .init(name: "p99_ns", value: nanoseconds(summary.percentile99)),
                .init(name: "max_ns", value: nanoseconds(summary.greatest)),
            ]
        }
        return Answer(json: .object(members)) { surface in
            let failures = statistics.calls - statistics.answers
            let share = statistics.calls == 0 ? 0 : failures * 100 / statistics.calls
            let tone: Paint.Tone = failures == 0 ? .plain : .bad
            let lost = surface.paint.apply(tone, "\(share)% without answer")
            var text = "\n--- \(endpoint) ---\n"
            text += "\(HumanText.plural(statistics.calls, "call")), "
            text += "\(HumanText.plural(statistics.answers, "answer")), \(lost)\n"
            guard let summary else { return text }
            let times = [
                summary.least, summary.average, summary.percentile99, summary.greatest,
            ].map(HumanText.milliseconds).joined(separator: "/")
            return text + "min/avg/p99/max = \(times) ms\n"
        }
    }

    private static func nanoseconds(_ interval: Interval) -> JSONValue {
        .number(UInt64(clamping: interval.nanoseconds))
    }
}
