package import HoldfastBase
package import HoldfastWire

/// What `top` shows: what was heard last and before, how it is sorted and scrolled. Pure.
package struct TopPicture: Sendable {
    /// What a server said at one time.
    package struct Sample: Sendable {
        package let at: Instant
        package let server: GetServerInfoResponse
        package let nodes: ListNodesResponse
        package let locks: [LockInfo]
        /// There are more locks than are shown.
        package let isCut: Bool
        /// Why nothing is known of locks; `nil` where it is.
        package let problem: String?

        package init(
            at: Instant, server: GetServerInfoResponse, nodes: ListNodesResponse,
            locks: [LockInfo], isCut: Bool, problem: String? = nil
        ) {
            self.at = at
            self.server = server
            self.nodes = nodes
            self.locks = locks
            self.isCut = isCut
            self.problem = problem
        }
    }

    private let endpoint: String
    private var last: Sample?
    private var before: Sample?
    private var problem: String?
    private var isSortedByName = false
    private var offset = 0
    package private(set) var isPaused = false

    package init(endpoint: String) { self.endpoint = endpoint }

    package mutating func take(_ sample: Sample) {
        // Another server, or the same one anew: what was counted before is of no use.
        before = last?.server.incarnation == sample.server.incarnation ? last : nil
        last = sample
        problem = nil
    }

    /// The server has not answered; what was heard before stays on the screen.
    package mutating func failed(_ problem: String) { self.problem = problem }

    /// Whether to go on.
    package mutating func press(_ key: TopKey) -> Bool {
        switch key {
        case .quit: return false
        case .pause: isPaused.toggle()
        case .up: offset = max(0, offset - 1)
        case .down: offset = min(offset + 1, max(0, (last?.locks.count ?? 0) - 1))
        case .byWaiters: isSortedByName = false
        case .byName: isSortedByName = true
        }
        return true
    }

    // MARK: Drawing

    /// The lines, no more than `rows` and none wider than `columns`; without `rows`, all.
    package func lines(columns: Int, rows: Int?, paint: Paint) -> [String] {
        guard let last else {
            return fitted([problem ?? "waiting for \(endpoint)"], columns, paint, .warning)
        }
        var lines = head(last, columns, paint)
        lines.append("")
        let nodes = nodeTable(last).text(columns: columns, paint: paint)
            .split(separator: "\n").map(String.init)
        let nodesMax = rows.map { max(2, min(nodes.count, ($0 - lines.count) / 2)) } ?? nodes.count
        lines += nodes.prefix(nodesMax)
        lines.append("")
        let room = rows.map { max(0, $0 - lines.count) } ?? .max
        // The title is a line, too.
        let locks = sorted(last.locks)
        let start = min(offset, max(0, locks.count - max(1, room == .max ? 1 : room - 2)))
        let shown = locks.dropFirst(rows == nil ? 0 : start)
            .prefix(room == .max ? locks.count : max(0, room - 2))
        lines += lockTable(Array(shown), last.nodes.nodes.count)
            .text(columns: columns, paint: paint).split(separator: "\n").map(String.init)
        let rest = more(locks.count - shown.count, last.isCut)
        guard let rows else {
            return lines + fitted(rest.map { [$0] } ?? [], columns, paint, .faint)
        }
        return Array(lines.prefix(max(0, rows - 1)))
            + fitted(
                [((rest.map { [$0] } ?? []) + [Self.keys]).joined(separator: "   ")], columns,
                paint, .faint)
    }

    private static let keys = "q quits, space stops, w n sort, up and down scroll"

    private func more(_ rest: Int, _ isCut: Bool) -> String? {
        guard rest > 0 || isCut else { return nil }
        return (rest > 0 ? "\(HumanText.count(UInt64(rest))) more" : "more")
            + (isCut ? ", and those that were not asked for" : "")
    }

    private func head(_ sample: Sample, _ columns: Int, _ paint: Paint) -> [String] {
        let server = sample.server
        let up = HumanText.duration(milliseconds: server.uptimeMs)
        let held = sample.locks.count { !$0.holders.isEmpty }
        let waiters = sample.locks.reduce(UInt64(0)) { $0 + UInt64($1.waiting) }
        let voting = sample.nodes.nodes.count { $0.state == .voting }
        let seen = sample.isCut ? "at least " : ""
        var lines = fitted(
            ["\(endpoint)  \(HumanText.foreign(server.nodeId))  \(server.version)  up \(up)"],
            columns, paint, .title)
        lines += fitted(
            [
                (sample.problem == nil
                    ? "locks \(seen)\(HumanText.count(UInt64(held)))  waiting "
                        + "\(seen)\(HumanText.count(waiters))" : "locks ?  waiting ?")
                    + "  nodes \(voting)/"
                    + "\(sample.nodes.nodes.count) vote  connections \(server.connections)",
                "calls \(rate(\.server.callsTotal))/s  node commands \(rate(Self.commands))/s  "
                    + "open \(server.activeStreams)+\(server.parkedStreams)  memory "
                    + HumanText.bytes(server.residentBytes),
            ], columns, paint, .plain)
        if !sample.nodes.hasQuorum {
            lines += fitted(["no quorum: no locks are given"], columns, paint, .bad)
        } else if let why = sample.problem {
            lines += fitted(["no locks are shown: \(why)"], columns, paint, .bad)
        }
        if let problem {
            lines += fitted([problem], columns, paint, .bad)
        } else if isPaused {
            lines += fitted(["stopped; the space bar goes on"], columns, paint, .warning)
        }
        return lines
    }

    private static func commands(_ sample: Sample) -> UInt64 {
        sample.nodes.nodes.reduce(0) { $0 &+ $1.commandsTotal }
    }

    /// What was counted from the one sample to the other, for each second.
    private func rate(_ count: (Sample) -> UInt64) -> String {
        guard let last, let before, last.at > before.at else { return "-" }
        let milliseconds = max(1, (last.at - before.at).nanoseconds / 1_000_000)
        let (from, to) = (count(before), count(last))
        guard to >= from else { return "-" }
        return HumanText.count((to - from) * 1000 / UInt64(milliseconds))
    }

    private func fitted(
        _ texts: [String], _ columns: Int, _ paint: Paint, _ tone: Paint.Tone
    ) -> [String] {
        texts.map { text in
            let isTooLong = text.count > columns
            return paint.apply(tone, isTooLong ? text.prefix(max(0, columns - 1)) + "…" : text)
        }
    }

    // MARK: Tables

    private func sorted(_ locks: [LockInfo]) -> [LockInfo] {
        guard !isSortedByName else { return locks.sorted { $0.name < $1.name } }
        return locks.sorted { ($1.waiting, $0.name) < ($0.waiting, $1.name) }
    }

    private func nodeTable(_ sample: Sample) -> TextTable {
        var table = TextTable([
            .init("NODE", isNumber: true), .init("ADDRESS", fit: .cutEnd(12)), .init("ROLE"),
            .init("CLASS", leaveOut: 2), .init("LAG", isNumber: true),
            .init("OPEN", isNumber: true, leaveOut: 1), .init("CMD/S", isNumber: true),
            .init("REASON", fit: .cutEnd(8)),
        ])
        for node in sample.nodes.nodes {
            table.add([
                .init(String(node.node)), .init(HumanText.foreign(node.address)),
                .init(NodesAnswer.name(node.state), node.state == .voting ? .good : .bad),
                .init(node.durable ? "durable" : "volatile"),
                .init(
                    node.state == .down ? "-" : HumanText.duration(milliseconds: node.silentMs)),
                .init(String(node.commandsOpen)),
                .init(
                    rate { sample in
                        sample.nodes.nodes.first { $0.node == node.node }?.commandsTotal ?? 0
                    }),
                .init(node.reason.isEmpty ? "-" : HumanText.foreign(node.reason)),
            ])
        }
        return table
    }

    private func lockTable(_ locks: [LockInfo], _ nodes: Int) -> TextTable {
        var table = TextTable([
            .init("LOCK", fit: .cutFront(24)), .init("WAITING", isNumber: true), .init("MODE"),
            .init("HOLDERS", isNumber: true, leaveOut: 2), .init("LEFT", isNumber: true),
            .init("NODES", isNumber: true, leaveOut: 1), .init("HOLDER", fit: .cutEnd(16)),
        ])
        for lock in locks {
            let holder = lock.holders.first
            let metadata = String(decoding: holder?.metadata ?? [], as: UTF8.self)
            let strength = holder.map { Int($0.strength) } ?? 0
            table.add([
                .init(HumanText.foreign(lock.name)),
                .init(String(lock.waiting), lock.waiting > 0 ? .warning : .plain),
                .init(holder.map { $0.mode == .shared ? "shared" : "exclusive" } ?? "free"),
                .init(String(lock.holders.count)), .init(holder.map(LockAnswer.left) ?? "-"),
                .init("\(strength)/\(nodes)", strength < nodes ? .warning : .plain),
                .init(metadata.isEmpty ? "-" : HumanText.foreign(metadata)),
            ])
        }
        return table
    }
}
