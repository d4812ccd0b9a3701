import HoldfastBase

/// What is certain about one grant in one mode under one fence: who told of it, and the time in which
/// its client counted on it.
///
/// The *definite hold* starts when the client was told and ends at the earliest of: the deadline of
/// its guard, the call of its release (or of anybody's forced one), the answer that it is not the
/// owner, and the guard's own word that it is lost. A renewal moves the deadline only when it came
/// back before the deadline it moves: a guard that has given up stays lost.
struct GrantLife {
    let lock: Int
    let grant: UInt64
    let mode: HistoryMode
    let fence: UInt64
    /// When the grant was first asked for, in an earlier try of the same request too.
    let called: Instant
    /// In the order of their return once the index is built; never empty.
    private(set) var reports: [GrantReport]
    /// The end of the definite hold; not after `start` when there was none.
    private(set) var end: Instant = .never
    /// The place in the history of what ended it before its deadline.
    private(set) var endedBy: Int?
    /// Another life of the same grant, before this one.
    let previous: Int?

    init(
        lock: Int, grant: HistoryGrant, called: Instant, report: GrantReport, previous: Int?
    ) {
        self.lock = lock
        self.grant = grant.id
        mode = grant.mode
        fence = grant.fence
        self.called = called
        reports = [report]
        self.previous = previous
    }

    /// When the client first knew.
    var start: Instant { reports[0].returned }
    /// The place of the first report in the history.
    var acquire: Int { reports[0].record }

    mutating func add(_ report: GrantReport) {
        reports.append(report)
    }

    /// Follows the deadlines, after all reports are in and before the first cut.
    mutating func settle() {
        if reports.count > 1 {
            reports.sort { ($0.returned, $0.record) < ($1.returned, $1.record) }
        }
        end = reports[0].deadline
        for report in reports.dropFirst() {
            if report.returned > end { break }
            end = max(end, report.deadline)
        }
    }

    /// Ends the hold at `instant` at the latest, because of that record.
    mutating func cut(at instant: Instant, by record: Int?) {
        guard instant < end else { return }
        end = instant
        endedBy = record
    }
}
