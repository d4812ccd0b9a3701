import HoldfastBase

/// Shows a few records so that a person sees what happened in which order.
///
///     client 1 acquire      [##==============]      0 … +1.2 ms   granted g7, fence 9, strength 2, …
///     client 2 acquire        [####===========]     +0.4 … +2 ms  granted g8, …
///     client 1 release               [             +5 ms …        unknown
///
/// `[` is the call, `#` the time until the answer, `=` the time in which the client counts on the
/// grant, `]` the end. Times count from the first call.
struct HistoryTimeline {
    private static let columns = 40
    private static let recordsMax = 12

    private let records: [HistoryRecord]
    private let start: Instant
    private let length: Interval

    init(_ records: [HistoryRecord]) {
        self.records = records.sorted { $0.called < $1.called }
        start = self.records.first?.called ?? .zero
        let ends = records.flatMap { record in
            [record.called, record.returned, record.outcome.grant?.deadline ?? .zero]
        }
        let last = ends.lazy.filter { $0 != .never }.max() ?? .zero
        length = max(last - start, Interval(nanoseconds: 1))
    }

    var text: String {
        let shown = records.prefix(Self.recordsMax)
        let names = shown.map { "client \($0.client) \($0.kind.rawValue)" }
        let times = shown.map { record in
            let end = record.returned == .never ? "no answer" : time(record.returned)
            return "\(time(record.called)) … \(end)"
        }
        let nameWidth = names.map(\.count).max() ?? 0
        let timeWidth = times.map(\.count).max() ?? 0
        let lines = shown.indices.map { place in
            "    " + padded(names[place], nameWidth) + "  " + lane(shown[place]) + "  "
                + padded(times[place], timeWidth) + "  " + told(shown[place])
        }
        return lines.joined(separator: "\n")
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func time(_ instant: Instant) -> String {
        guard instant != .never else { return "ever" }
        let nanoseconds = (instant - start).nanoseconds
        let whole = nanoseconds / 1_000_000
        let rest = String(nanoseconds % 1_000_000 + 1_000_000).dropFirst()
        return "+\(whole).\(rest.prefix(3)) ms"
    }

    private func lane(_ record: HistoryRecord) -> String {
        var lane = Array(repeating: Character(" "), count: Self.columns)
        let call = column(record.called)
        let answer = record.returned == .never ? call : column(record.returned)
        let end = max(answer, record.outcome.grant.map { column($0.deadline) } ?? answer)
        for place in call..<Self.columns where place <= end {
            lane[place] = place <= answer ? "#" : "="
        }
        lane[end] = "]"
        lane[call] = record.returned == .never ? "?" : "["
        return String(lane)
    }

    private func column(_ instant: Instant) -> Int {
        guard instant != .never else { return Self.columns - 1 }
        let share = Double((instant - start).nanoseconds) / Double(length.nanoseconds)
        return min(Self.columns - 1, max(0, Int(share * Double(Self.columns - 1))))
    }

    private func told(_ record: HistoryRecord) -> String {
        let subject = record.subject.map { "about g\($0): " } ?? ""
        switch record.outcome {
        case .granted(let grant):
            return subject + "granted g\(grant.id), fence \(grant.fence), strength "
                + "\(grant.strength), \(grant.mode.rawValue), until \(time(grant.deadline))"
        case .notHeld(let holder):
            return subject + "not held" + (holder.map { ", g\($0) has it" } ?? "")
        case .free: return subject + "free"
        case .released: return subject + "released"
        case .notOwner: return subject + "not the owner"
        case .lost: return subject + "lost"
        case .failed(let code): return subject + "failed: \(TextEscape.printable(code))"
        case .unknown: return subject + "unknown"
        }
    }
}
