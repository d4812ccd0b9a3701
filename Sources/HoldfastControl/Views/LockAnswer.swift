package import HoldfastWire

/// Locks: what came of taking them, and who has them.
package enum LockAnswer {
    // MARK: Taking

    package static func make(
        _ names: [String], _ outcome: GrantOutcome?
    ) -> (Answer, ExitStatus) {
        switch outcome {
        case .held(let held): (answer(names, held), .ok)
        case .notHeld(let notHeld): (answer(names, notHeld), .notInTime)
        case nil: (Answer(json: .null) { _ in "the server did not say\n" }, .failure)
        }
    }

    private static func answer(_ names: [String], _ held: LockHeld) -> Answer {
        let json = JSONValue.object([
            "held": .bool(true), "names": .list(names.map { .text($0) }),
            "grant": .hexadecimal(held.grant), "fence": .number(held.fence),
            "ttl_ms": held.ttlMs == 0 ? .null : .number(held.ttlMs),
            "waited_ms": .number(held.waitedMs), "strength": .number(held.strength),
            "nodes": .number(held.nodes), "joined": .bool(held.joined),
        ])
        return Answer(json: json) { surface in
            var list = FactList()
            list.add([
                ("held", .init(names.map(HumanText.foreign).joined(separator: ", "), .good)),
                ("grant", .init(HumanText.hexadecimal(held.grant))),
                ("fence", .init(String(held.fence))),
                ("lives", .init(life(held.ttlMs))),
                (
                    "waited",
                    .init(held.waitedMs == 0 ? "" : HumanText.duration(milliseconds: held.waitedMs))
                ),
                ("strength", .init("\(held.strength) of \(held.nodes)")),
                ("joined", .init(held.joined ? "yes: it was held already" : "")),
            ])
            return list.text(paint: surface.paint)
        }
    }

    private static func life(_ milliseconds: UInt64) -> String {
        milliseconds == 0 ? "" : HumanText.duration(milliseconds: milliseconds)
    }

    private static func answer(_ names: [String], _ not: LockNotHeld) -> Answer {
        var remaining: UInt64?
        if case .remainingMs(let milliseconds) = not.remaining { remaining = milliseconds }
        let left = remaining
        let json = JSONValue.object([
            "held": .bool(false), "names": .list(names.map { .text($0) }),
            "obstacle": .text(name(not.obstacle)), "name": .text(not.name),
            "holder_fence": not.holderFence == 0 ? .null : .number(not.holderFence),
            "holder_metadata": .text(String(decoding: not.holderMetadata, as: UTF8.self)),
            "remaining_ms": left.map { .number($0) } ?? .null,
            "waiting": .number(not.waiting), "ahead": .number(not.ahead),
            "waited_ms": .number(not.waitedMs),
        ])
        return Answer(json: json) { surface in
            var list = FactList()
            list.add([
                ("not held", .init(HumanText.foreign(not.name), .bad)),
                ("because", .init(sentence(not.obstacle))),
                ("fence", .init(not.holderFence == 0 ? "" : String(not.holderFence))),
                ("holder", .init(text(not.holderMetadata))),
                ("for", .init(left.map { HumanText.duration(milliseconds: $0) } ?? "")),
                ("waiting", .init(not.waiting == 0 ? "" : String(not.waiting))),
                (
                    "waited",
                    .init(not.waitedMs == 0 ? "" : HumanText.duration(milliseconds: not.waitedMs))
                ),
            ])
            return list.text(paint: surface.paint)
        }
    }

    private static func name(_ obstacle: LockObstacle) -> String {
        switch obstacle {
        case .held: "held"
        case .queued: "queued"
        case .delayed: "delayed"
        case .own: "own"
        default: "unknown"
        }
    }

    private static func sentence(_ obstacle: LockObstacle) -> String {
        switch obstacle {
        case .held: "somebody holds it"
        case .queued: "somebody has waited for it longer"
        case .delayed: "its last holder vanished, and the lock-delay is not over"
        case .own: "you hold it yourself; see --reentrant"
        default: "the server did not say why"
        }
    }

    static func text(_ metadata: [UInt8]) -> String {
        HumanText.foreign(String(decoding: metadata, as: UTF8.self))
    }

    package static func make(_ response: RenewResponse) -> Answer {
        let json = JSONValue.object([
            "fence": .number(response.fence), "ttl_ms": .number(response.ttlMs),
            "strength": .number(response.strength), "nodes": .number(response.nodes),
        ])
        return Answer(json: json) { _ in
            "renewed for \(HumanText.duration(milliseconds: response.ttlMs)) on "
                + "\(response.strength) of \(response.nodes) nodes\n"
        }
    }

    /// - Parameter done: what became of it, if it was there.
    package static func make(
        _ names: [String], wasHeld: Bool, _ done: String
    ) -> (Answer, ExitStatus) {
        let answer = Answer(json: .object(["was_held": .bool(wasHeld)])) { surface in
            let shown = names.map(HumanText.foreign).joined(separator: ", ")
            return wasHeld
                ? "\(shown): \(done)\n"
                : surface.paint.apply(.warning, "\(shown): was not held") + "\n"
        }
        return (answer, wasHeld ? .ok : .precondition)
    }

    // MARK: Looking

    package static func make(_ response: GetLockResponse) -> Answer {
        let lock = response.lock ?? LockInfo()
        let json = JSONValue.object([
            "lock": json(lock), "agreed": .bool(response.agreed),
            "missing": .list(response.missing.map { .number($0) }),
            "per_node": .list(
                response.perNode.map { node in
                    .object([
                        "node": .number(node.node),
                        "grants": .list(node.grants.map { .hexadecimal($0) }),
                        "fence": .number(node.fence), "waiting": .number(node.waiting),
                    ])
                }),
        ])
        return Answer(json: json) { surface in
            var list = FactList()
            list.add([
                ("lock", .init(HumanText.foreign(lock.name))),
                (
                    "state",
                    lock.holders.isEmpty ? .init("free", .good) : .init("held", .warning)
                ),
                ("fence", .init(lock.fence == 0 ? "" : String(lock.fence))),
                ("grant", .init(onlyGrant(lock))),
                ("waiting", .init(String(lock.waiting))),
                (
                    "delayed",
                    .init(lock.delayMs == 0 ? "" : HumanText.duration(milliseconds: lock.delayMs))
                ),
                ("nodes", answered(response)),
            ])
            var text = list.text(paint: surface.paint)
            if !lock.holders.isEmpty {
                text += "\n" + holders(lock).text(columns: surface.columns, paint: surface.paint)
            }
            return text
        }
    }

    private static func answered(_ response: GetLockResponse) -> TextTable.Cell {
        let count = response.perNode.count
        let all = count + response.missing.count
        var text = count == all ? "\(count) answered" : "\(count) of \(all) answered"
        text += response.agreed ? " and agree" : " and differ"
        if !response.missing.isEmpty { text += "; \(silent(response.missing))" }
        let isWell = response.agreed && response.missing.isEmpty
        return .init(text, isWell ? .plain : .warning)
    }

    /// "node 1 did not", "nodes 1, 3 did not".
    static func silent(_ nodes: some Collection<UInt32>) -> String {
        let list = nodes.sorted().map(String.init).joined(separator: ", ")
        return "node\(nodes.count == 1 ? "" : "s") \(list) did not"
    }

    /// That of the only holder, which has room here; in the table of several it may be left out.
    private static func onlyGrant(_ lock: LockInfo) -> String {
        lock.holders.count == 1 ? HumanText.hexadecimal(lock.holders[0].grant) : ""
    }

    private static func holders(_ lock: LockInfo) -> TextTable {
        let hasGrants = lock.holders.count > 1
        var columns: [TextTable.Column] = [
            .init("MODE"), .init("FENCE", isNumber: true), .init("LEFT", isNumber: true),
            .init("STRENGTH", isNumber: true, leaveOut: 3),
            .init("HOLDER", fit: .cutEnd(8), leaveOut: 1), .init("METADATA", fit: .cutEnd(8)),
        ]
        if hasGrants { columns.append(.init("GRANT", leaveOut: 2)) }
        var table = TextTable(columns)
        for each in lock.holders {
            var cells: [TextTable.Cell] = [
                .init(mode(each)), .init(String(each.fence)), .init(left(each)),
                .init(String(each.strength)),
                .init(each.holder.isEmpty ? "-" : HumanText.foreign(each.holder)),
                .init(each.metadata.isEmpty ? "-" : text(each.metadata)),
            ]
            if hasGrants { cells.append(.init(HumanText.hexadecimal(each.grant))) }
            table.add(cells)
        }
        return table
    }

    /// - Parameter prefix: what was asked for.
    package static func make(_ found: LockList, _ prefix: String) -> Answer {
        let missing = found.missing.sorted()
        let json = JSONValue.object([
            "locks": .list(found.locks.map(json)), "nodes": .number(found.nodes),
            "missing": .list(missing.map { .number($0) }),
        ])
        return Answer(json: json) { surface in
            var text =
                found.locks.isEmpty
                ? "no lock is held"
                    + (prefix.isEmpty ? "" : " below \(HumanText.foreign(prefix))") + "\n"
                : table(found.locks, found.nodes)
                    .text(columns: surface.columns, paint: surface.paint)
            if !missing.isEmpty {
                let count = Int(found.nodes) - missing.count
                let note = "\(count) of \(found.nodes) nodes answered; \(silent(missing))"
                text += surface.paint.apply(.warning, note) + "\n"
            }
            return text
        }
    }

    private static func table(_ locks: [LockInfo], _ nodes: UInt32) -> TextTable {
        var table = TextTable([
            .init("LOCK", fit: .cutFront(20)), .init("MODE"), .init("FENCE", isNumber: true),
            .init("LEFT", isNumber: true), .init("NODES", isNumber: true, leaveOut: 3),
            .init("WAITING", isNumber: true), .init("METADATA", fit: .cutEnd(8), leaveOut: 1),
            .init("GRANT", leaveOut: 2),
        ])
        for lock in locks {
            for each in lock.holders {
                table.add([
                    .init(HumanText.foreign(lock.name)), .init(mode(each)),
                    .init(String(each.fence)), .init(left(each)),
                    .init("\(each.strength)/\(nodes)", each.strength < nodes ? .warning : .plain),
                    .init(String(lock.waiting)),
                    .init(each.metadata.isEmpty ? "-" : text(each.metadata)),
                    .init(HumanText.hexadecimal(each.grant)),
                ])
            }
        }
        return table
    }

    private static func mode(_ holder: LockHolder) -> String {
        holder.mode == .shared ? "shared" : "exclusive"
    }

    static func left(_ holder: LockHolder) -> String {
        guard case .remainingMs(let milliseconds) = holder.remaining else { return "session" }
        return HumanText.duration(milliseconds: milliseconds)
    }

    private static func json(_ lock: LockInfo) -> JSONValue {
        .object([
            "name": .text(lock.name), "fence": .number(lock.fence),
            "waiting": .number(lock.waiting), "delay_ms": .number(lock.delayMs),
            "holders": .list(lock.holders.map(json)),
        ])
    }

    private static func json(_ holder: LockHolder) -> JSONValue {
        var remaining = JSONValue.null
        if case .remainingMs(let milliseconds) = holder.remaining {
            remaining = .number(milliseconds)
        }
        return .object([
            "grant": .hexadecimal(holder.grant), "mode": .text(mode(holder)),
            "fence": .number(holder.fence),
            "session": holder.session.isEmpty ? .null : .hexadecimal(holder.session),
            "holder": .text(holder.holder),
            "metadata": .text(String(decoding: holder.metadata, as: UTF8.self)),
            "remaining_ms": remaining, "strength": .number(holder.strength),
            "entries": .number(holder.entries),
        ])
    }
}
