package import HoldfastWire

/// Keys: what they hold, and what came of changing them.
package enum KeyAnswer {
    package static func make(_ response: GetKeyResponse, key: String) -> (Answer, ExitStatus) {
        guard let entry = response.entry else {
            let json = JSONValue.object(["key": .text(key), "value": .null])
            return (Answer(json: json) { _ in "there is no such key\n" }, .notInTime)
        }
        return (Answer(json: json(entry)) { facts(entry).text(paint: $0.paint) }, .ok)
    }

    /// The value and nothing else; `nil` where it is no text.
    package static func raw(_ entry: KeyEntry) -> Answer? {
        guard let text = String(validating: entry.value, as: UTF8.self) else { return nil }
        return Answer(json: json(entry)) { _ in text }
    }

    package static func make(_ response: PutKeyResponse) -> (Answer, ExitStatus) {
        switch response.outcome {
        case .version(let version): changed("written", version)
        case .mismatch(let mismatch): refused(mismatch)
        case nil: silent
        }
    }

    package static func make(_ response: DeleteKeyResponse) -> (Answer, ExitStatus) {
        switch response.outcome {
        case .version(let version): return changed("deleted", version)
        case .mismatch(let mismatch): return refused(mismatch)
        case .nothing:
            let json = JSONValue.object(["changed": .bool(false), "version": .null])
            return (Answer(json: json) { _ in "there was nothing to delete\n" }, .notInTime)
        case nil: return silent
        }
    }

    package static func make(_ entries: [KeyEntry], hasValues: Bool) -> Answer {
        let rows = entries.map { hasValues ? json($0) : nameOnly($0) }
        return Answer(json: .object(["keys": .list(rows)])) { surface in
            guard !entries.isEmpty else { return "no keys\n" }
            var columns = [
                TextTable.Column("KEY", fit: .cutEnd(16)),
                TextTable.Column("VERSION", isNumber: true),
                TextTable.Column("LASTS", leaveOut: 1),
            ]
            if hasValues { columns.append(TextTable.Column("VALUE", fit: .cutEnd(8))) }
            var table = TextTable(columns)
            for entry in entries {
                var cells = [
                    TextTable.Cell(HumanText.foreign(entry.key)),
                    TextTable.Cell(String(entry.version)), TextTable.Cell(lasting(entry)),
                ]
                if hasValues { cells.append(TextTable.Cell(shown(entry.value))) }
                table.add(cells)
            }
            return table.text(columns: surface.columns, paint: surface.paint)
        }
    }

    /// A line for a change; nothing for what only says where a watch can be resumed.
    package static func make(_ element: WatchKeysResponse, time: String) -> Answer? {
        switch element.event {
        case .entry(let entry):
            return Answer(json: .object(members(entry, time))) { surface in
                let facts = "  \(HumanText.foreign(entry.key))  version \(entry.version)"
                let room = surface.columns.map { $0 - "\(time)  is  \(facts)".count }
                return "\(time)  " + surface.paint.apply(.good, "is  ") + facts
                    + LockAnswer.tail(shown(entry.value), room) + "\n"
            }
        case .deleted(let key):
            let json = JSONValue.object([
                "time": .text(time), "key": .text(key), "value": .null, "version": .null,
            ])
            return Answer(json: json) { surface in
                "\(time)  " + surface.paint.apply(.warning, "gone")
                    + "  \(HumanText.foreign(key))\n"
            }
        case .restarted:
            let json = JSONValue.object(["time": .text(time), "restarted": .bool(true)])
            return Answer(json: json) { surface in
                surface.paint.apply(
                    .warning, "changes may have been missed; everything is shown anew")
                    + "\n"
            }
        case .synced, nil: return nil
        }
    }

    // MARK: Parts

    private static var silent: (Answer, ExitStatus) {
        (Answer(json: .null) { _ in "the server did not say\n" }, .failure)
    }

    private static func changed(_ what: String, _ version: UInt64) -> (Answer, ExitStatus) {
        let json = JSONValue.object(["changed": .bool(true), "version": .number(version)])
        return (Answer(json: json) { _ in "\(what) as version \(version)\n" }, .ok)
    }

    private static func refused(_ mismatch: KeyMismatch) -> (Answer, ExitStatus) {
        let current = mismatch.current
        let json = JSONValue.object([
            "changed": .bool(false), "version": .null, "current": current.map(json) ?? .null,
        ])
        let answer = Answer(json: json) { surface in
            let why = "nothing was changed: the key is not as it must be"
            let text = surface.paint.apply(.bad, why) + "\n"
            guard let current else { return text + "it has no value\n" }
            return text + facts(current).text(paint: surface.paint)
        }
        return (answer, .precondition)
    }

    private static func facts(_ entry: KeyEntry) -> FactList {
        var list = FactList()
        list.add([
            ("key", .init(HumanText.foreign(entry.key))),
            ("value", .init(shown(entry.value))),
            ("version", .init(String(entry.version))),
            ("lasts", .init(lasting(entry))),
        ])
        return list
    }

    private static func lasting(_ entry: KeyEntry) -> String {
        guard case .remainingMs(let milliseconds) = entry.remaining else { return "" }
        return HumanText.duration(milliseconds: milliseconds)
    }

    private static func shown(_ value: [UInt8]) -> String {
        if let text = String(validating: value, as: UTF8.self) { return HumanText.foreign(text) }
        return "base64 " + BytesText.base64(value)
    }

    private static func nameOnly(_ entry: KeyEntry) -> JSONValue {
        .object([
            "key": .text(entry.key), "version": .number(entry.version),
            "remaining_ms": remaining(entry),
        ])
    }

    private static func remaining(_ entry: KeyEntry) -> JSONValue {
        guard case .remainingMs(let milliseconds) = entry.remaining else { return .null }
        return .number(milliseconds)
    }

    /// What is no text is told in base64, under another name.
    private static func json(_ entry: KeyEntry) -> JSONValue { .object(members(entry)) }

    private static func members(_ entry: KeyEntry, _ time: String? = nil) -> [JSONValue.Member] {
        let text = String(validating: entry.value, as: UTF8.self)
        let first: [JSONValue.Member] = time.map { [.init(name: "time", value: .text($0))] } ?? []
        return first + [
            .init(name: "key", value: .text(entry.key)),
            text.map { .init(name: "value", value: .text($0)) }
                ?? .init(name: "value_base64", value: .text(BytesText.base64(entry.value))),
            .init(name: "version", value: .number(entry.version)),
            .init(name: "remaining_ms", value: remaining(entry)),
        ]
    }
}
