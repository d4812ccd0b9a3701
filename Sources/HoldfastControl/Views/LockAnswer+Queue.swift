internal import HoldfastBase
package import HoldfastWire

extension LockAnswer {
    /// Who waits for a lock.
    package static func make(_ name: String, _ response: QueueResponse) -> Answer {
        let json = JSONValue.object([
            "waiters": .list(response.waiters.map(json)), "name": .text(name),
            "waiting": .number(response.waiting),
        ])
        return Answer(json: json) { surface in
            guard !response.waiters.isEmpty else {
                return "nobody waits for \(HumanText.foreign(name))\n"
            }
            var table = TextTable([
                .init("#", isNumber: true), .init("MODE"), .init("WAITED", isNumber: true),
                .init("HOLDER", fit: .cutEnd(8), leaveOut: 1),
                .init("METADATA", fit: .cutEnd(8)), .init("GRANT", leaveOut: 2),
            ])
            for (place, each) in response.waiters.enumerated() {
                table.add([
                    .init(String(place + 1)), .init(each.mode == .shared ? "shared" : "exclusive"),
                    .init(HumanText.duration(milliseconds: each.waitedMs)),
                    .init(each.holder.isEmpty ? "-" : HumanText.foreign(each.holder)),
                    each.elsewhere
                        ? .init("by way of another server", .faint)
                        : .init(each.metadata.isEmpty ? "-" : text(each.metadata)),
                    .init(HumanText.hexadecimal(each.grant)),
                ])
            }
            let text = table.text(columns: surface.columns, paint: surface.paint)
            let rest = Int(clamping: response.waiting) - response.waiters.count
            return rest > 0 ? text + "\(HumanText.count(UInt64(rest))) more\n" : text
        }
    }

    private static func json(_ waiter: LockWaiter) -> JSONValue {
        .object([
            "grant": .hexadecimal(waiter.grant),
            "mode": .text(waiter.mode == .shared ? "shared" : "exclusive"),
            "session": waiter.session.isEmpty ? .null : .hexadecimal(waiter.session),
            "waited_ms": .number(waiter.waitedMs), "elsewhere": .bool(waiter.elsewhere),
            "holder": .text(waiter.holder),
            "metadata": .text(String(decoding: waiter.metadata, as: UTF8.self)),
        ])
    }
}
