package import HoldfastBase

/// What was released is free, and nothing else is.
///
/// - After an acknowledged release, and `slack` more for nodes that hear of it late, nobody is refused
///   because of the grant that was released, and it is not renewed.
/// - A release takes nothing from another: a grant whose guard may still count on it is not told *not
///   the owner*, unless somebody forced it free, or more nodes lost it than its strength bears: f with
///   a − f < Q.
package enum ReleaseCheck {
    package static func run(
        _ index: HistoryIndex, slack: Interval = .zero
    ) -> CheckReport {
        var report = CheckReport(.release)
        let releases = acknowledged(index)
        report.examined = releases.count
        for place in index.order {
            let record = index.records[place]
            let lock = index.lockOfRecord[place]
            if let grant = impliedHolder(record),
                let release = releases[HistoryIndex.GrantKey(lock: lock, grant: grant)]
            {
                let known = index.records[release].returned + slack
                if record.called > known { addStale(record, grant, release, index, &report) }
            }
            if record.outcome == .notOwner, let grant = record.subject {
                checkTaken(place, lock: lock, grant: grant, index, &report)
            }
        }
        return report
    }

    /// The grants that are certainly released, with the record that says so first.
    private static func acknowledged(_ index: HistoryIndex) -> [HistoryIndex.GrantKey: Int] {
        var releases: [HistoryIndex.GrantKey: Int] = [:]
        for place in index.order {
            let record = index.records[place]
            let isRelease = record.kind == .release || record.kind == .forceRelease
            guard isRelease, record.outcome == .released, let grant = record.subject else {
                continue
            }
            let key = HistoryIndex.GrantKey(lock: index.lockOfRecord[place], grant: grant)
            if let known = releases[key], index.records[known].returned <= record.returned {
                continue
            }
            releases[key] = place
        }
        return releases
    }

    /// The grant that, after this answer, must have been there.
    private static func impliedHolder(_ record: HistoryRecord) -> UInt64? {
        switch (record.kind, record.outcome) {
        case (.acquire, .notHeld(let holder)), (.info, .notHeld(let holder)): holder
        case (.info, .granted(let grant)), (.renew, .granted(let grant)): grant.id
        default: nil
        }
    }

    private static func addStale(
        _ record: HistoryRecord, _ grant: UInt64, _ release: Int, _ index: HistoryIndex,
        _ report: inout CheckReport
    ) {
        report.add {
            HistoryViolation(
                .release, record.lock,
                "g\(grant) was released, and is still said to hold the lock",
                evidence: [index.records[release], record])
        }
    }

    /// Whether a grant was taken from its holder: `place` says that it was not the owner.
    private static func checkTaken(
        _ place: Int, lock: Int, grant: UInt64, _ index: HistoryIndex, _ report: inout CheckReport
    ) {
        let record = index.records[place]
        guard let life = index.latestLife[HistoryIndex.GrantKey(lock: lock, grant: grant)] else {
            return
        }
        let known = index.lives[life]
        // What ended the hold, other than this answer itself, explains it.
        let isExplained = known.end < record.returned && known.endedBy != place
        guard !isExplained, record.returned != .never else { return }
        let told = known.reports.last {
            $0.returned <= record.called && $0.deadline > record.returned
        }
        guard let told,
            !index.mayBeForced(grant, from: told.called, until: record.returned)
        else { return }
        let forgetful = index.emptiedNodes(
            of: grant, from: told.called, until: record.returned)
        guard told.strength >= index.history.quorum + forgetful else {
            report.excused += 1
            return
        }
        report.add {
            let suspect = index.order.last { other in
                let release = index.records[other]
                return index.lockOfRecord[other] == lock && release.kind == .release
                    && release.subject != grant && release.called <= record.returned
                    && release.returned >= told.called
            }
            let message =
                suspect == nil
                ? "g\(grant) vanished before its deadline"
                : "g\(grant) vanished before its deadline, with the release of another grant"
            let evidence = [told.record, place] + (suspect.map { [$0] } ?? [])
            return HistoryViolation(
                .release, record.lock, message, evidence: evidence.map { index.records[$0] })
        }
    }
}
