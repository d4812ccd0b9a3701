import HoldfastBase
import HoldfastSimulation

/// Changes of one record that make a right history wrong, each as a bug would.
enum HistoryMutation: String, CaseIterable {
    /// Two grants get one fence.
    case repeatedFence
    /// A later grant gets an older fence.
    case olderFence
    /// A release is of another grant: the first one still stands when the next is made.
    case releaseOfAnother
    /// A refusal names a grant that was released before.
    case staleRefusal
    /// A refusal is a grant, while another stands.
    case grantBesideAnother
    /// A grant by fewer nodes than decide.
    case weakGrant
    /// A renewal in time finds that the grant is gone.
    case vanishedGrant

    /// The invariant that must find it.
    var invariant: HistoryInvariant {
        switch self {
        case .repeatedFence, .olderFence: .fenceOrder
        case .releaseOfAnother, .grantBesideAnother, .weakGrant: .exclusion
        case .staleRefusal, .vanishedGrant: .release
        }
    }

    /// The history with one record changed; nil where there is nothing to change.
    func applied(to history: History, _ random: inout SeededGenerator) -> History? {
        let records = history.records
        let places = records.indices.shuffled(using: &random)
        for place in places {
            guard let changed = changed(records[place], in: records) else { continue }
            var mutated = history
            mutated.records[place] = changed
            return mutated
        }
        return nil
    }

    private func changed(_ record: HistoryRecord, in records: [HistoryRecord]) -> HistoryRecord? {
        var changed = record
        switch self {
        case .repeatedFence, .olderFence:
            guard record.kind == .acquire, var grant = record.outcome.grant,
                let earlier = earlierGrant(record, in: records)
            else { return nil }
            grant.fence = self == .olderFence ? earlier.fence - 1 : earlier.fence
            changed.outcome = .granted(grant)
        case .releaseOfAnother:
            guard record.kind == .release, let grant = record.subject,
                isFollowed(record, grant, in: records)
            else { return nil }
            changed.subject = .max
        case .staleRefusal:
            guard record.kind == .acquire, case .notHeld = record.outcome,
                let release = records.first(where: {
                    $0.kind == .release && $0.outcome == .released && $0.lock == record.lock
                        && $0.returned < record.called
                })
            else { return nil }
            changed.outcome = .notHeld(by: release.subject)
        case .grantBesideAnother:
            guard record.kind == .acquire, case .notHeld(.some(let holder)) = record.outcome,
                stands(holder, at: record.returned, in: records)
            else { return nil }
            changed.outcome = .granted(
                HistoryGrant(
                    id: .max, fence: .max, strength: 2, deadline: record.returned + .seconds(1)))
        case .weakGrant:
            guard var grant = record.outcome.grant else { return nil }
            grant.strength = 1
            changed.outcome = .granted(grant)
        case .vanishedGrant:
            guard record.kind == .renew, record.outcome.grant != nil, let grant = record.subject,
                stands(grant, at: record.returned, in: records, without: record)
            else { return nil }
            changed.outcome = .notOwner
        }
        return changed
    }

    /// An exclusive grant of the same lock that had returned before this was called.
    private func earlierGrant(
        _ record: HistoryRecord, in records: [HistoryRecord]
    ) -> HistoryGrant? {
        guard record.outcome.grant?.mode == .exclusive else { return nil }
        return records.first {
            $0.kind == .acquire && $0.lock == record.lock && $0.returned < record.called
                && $0.outcome.grant?.mode == .exclusive
        }?.outcome.grant
    }

    /// Whether a conflicting grant is made before this one's deadline, which the release made possible.
    private func isFollowed(
        _ release: HistoryRecord, _ grant: UInt64, in records: [HistoryRecord]
    ) -> Bool {
        guard let acquire = records.first(where: { $0.outcome.grant?.id == grant })?.outcome.grant,
            acquire.mode == .exclusive
        else { return false }
        return records.contains {
            $0.kind == .acquire && $0.lock == release.lock && $0.called > release.called
                && $0.outcome.grant != nil && $0.returned < acquire.deadline
                && $0.outcome.grant.map { next in next.deadline } ?? .zero > release.returned
                && isUndisturbed($0, in: records)
        }
    }

    /// Whether nothing ends the grant before it is told.
    private func isUndisturbed(_ acquire: HistoryRecord, in records: [HistoryRecord]) -> Bool {
        acquire.outcome.grant.map { $0.deadline > acquire.returned } ?? false
    }

    /// Whether the grant's first answer makes its client count on it at `instant`, and nothing has
    /// ended it by then.
    private func stands(
        _ grant: UInt64, at instant: Instant, in records: [HistoryRecord],
        without record: HistoryRecord? = nil
    ) -> Bool {
        let isToldOf = records.contains {
            $0.kind == .acquire && $0.outcome.grant?.id == grant && $0.returned < instant
                && $0.outcome.grant.map { told in told.deadline > instant } ?? false
        }
        return isToldOf
            && !records.contains { $0 != record && $0.subject == grant && $0.called <= instant }
    }
}
