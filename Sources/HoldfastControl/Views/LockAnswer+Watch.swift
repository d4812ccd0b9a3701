package import HoldfastWire

extension LockAnswer {
    /// A line for a change; nothing for what only says where a watch can be resumed.
    package static func make(_ element: WatchResponse, time: String) -> Answer? {
        guard case .changed(let lock) = element.event else { return nil }
        let json = JSONValue.object([
            "time": .text(time), "name": .text(lock.name), "version": .number(lock.version),
            "waiting": .number(lock.waiting),
            "holders": .list(
                lock.holders.map { holder in
                    .object([
                        "fence": .number(holder.fence), "shared": .bool(holder.shared),
                        "metadata": .text(String(decoding: holder.metadata, as: UTF8.self)),
                        "strength": .number(holder.strength),
                    ])
                }),
        ])
        return Answer(json: json) { surface in
            let whole = HumanText.foreign(lock.name)
            guard let first = lock.holders.first else {
                let name = cut(whole, surface.columns.map { $0 - "\(time)  free  ".count })
                return "\(time)  " + surface.paint.apply(.good, "free") + "  \(name)\n"
            }
            let text = HumanText.foreign(String(decoding: first.metadata, as: UTF8.self))
            let count = lock.holders.count > 1 ? ", \(lock.holders.count) holders" : ""
            let fence = "  fence \(first.fence)\(count)"
            let name = cut(whole, surface.columns.map { $0 - "\(time)  held  \(fence)".count })
            let facts = "  \(name)\(fence)"
            let room = surface.columns.map { $0 - "\(time)  held\(facts)".count }
            return "\(time)  " + surface.paint.apply(.warning, "held") + facts + tail(text, room)
                + "\n"
        }
    }

    /// The end of a name, which tells more, where there is no room for all of it.
    private static func cut(_ name: String, _ room: Int?) -> String {
        guard let room, name.count > max(room, nameMin) else { return name }
        return "…" + name.suffix(max(room, nameMin) - 1)
    }

    private static let nameMin = 16

    /// What others say of themselves, as far as there is room for it.
    static func tail(_ text: String, _ room: Int?) -> String {
        let whole = text.isEmpty ? "" : "  \(text)"
        guard let room, whole.count > room else { return whole }
        return room < 8 ? "" : whole.prefix(room - 1) + "…"
    }
}

extension ElectionAnswer {
    package static func make(_ element: ObserveResponse, time: String) -> Answer {
        let leader = element.leadership
        let json = JSONValue.object([
            "time": .text(time), "version": .number(element.version),
            "fence": leader.map { .number($0.fence) } ?? .null,
            "value": leader.map { .text(String(decoding: $0.value, as: UTF8.self)) } ?? .null,
        ])
        return Answer(json: json) { surface in
            guard let leader else {
                return "\(time)  " + surface.paint.apply(.warning, "nobody leads") + "\n"
            }
            let text = HumanText.foreign(String(decoding: leader.value, as: UTF8.self))
            let facts = "  fence \(leader.fence)"
            let room = surface.columns.map { $0 - "\(time)  leads\(facts)".count }
            return "\(time)  " + surface.paint.apply(.good, "leads") + facts
                + LockAnswer.tail(text, room) + "\n"
        }
    }
}
