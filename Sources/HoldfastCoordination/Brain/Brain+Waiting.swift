internal import HoldfastBase
package import HoldfastNode

/// Waiting for a turn.
///
/// A waiter that is not the first of this server's for its lock does nothing at all. The first tries
/// when a node hints that its turn has come, when what stands in its way ends by itself, right behind
/// a release that goes through this server, and, rarely, to be sure.
extension Brain {
    private static let pollInterval = Interval.seconds(3)
    private static let hintPatience = Interval.milliseconds(10)
    /// A head whose lock is held through this server needs no place on the nodes at once.
    private static let enqueueDelay = Interval.milliseconds(20)

    func isBehindOthers(_ wish: Wish) -> Bool {
        wish.request.names.contains {
            queues[$0]?.isBehindOthers(ticket: wish.ticket, grant: wish.request.grant) == true
        }
    }

    /// Takes a place on this server only.
    mutating func queue(_ key: SlotKey) {
        guard let acquisition = acquisitions[key] else { return }
        acquisitions[key]?.phase = .queued
        waiting[acquisition.request.grant] = key
        for name in acquisition.request.names {
            let queue = queues.index(of: name, default: LocalQueue())
            queues[queue]?.insert(
                key, ticket: acquisition.wish.ticket, grant: acquisition.request.grant)
        }
    }

    /// After a try that was refused: waits for its turn.
    mutating func waitOn(_ key: SlotKey) {
        guard let acquisition = acquisitions[key] else { return }
        if waiting[acquisition.request.grant] == nil {
            queue(key)
        } else {
            acquisitions[key]?.phase = .queued
        }
        guard isHead(key) else { return }
        if acquisition.isWokenMeanwhile {
            retry(key, after: .zero)
        } else if !acquisition.round.yes.isEmpty {
            // Others tried at the same time and each got some nodes: step aside for a moment.
            let splits = min(acquisition.splits + 1, 6)
            acquisitions[key]?.splits = splits
            retry(key, after: jitter(.milliseconds(Int64(1) << Int64(splits))))
        } else {
            #if HOLDFAST_PLANTS
                if Plant.noPoll.isActive { return }
            #endif
            let left = acquisition.round.refusal?.remainingMilliseconds
            let until = left.map { Interval.milliseconds(Int64(clamping: min($0, 1 << 53)) + 1) }
            retry(key, after: min(until ?? Self.pollInterval, Self.pollInterval))
        }
    }

    private func isHead(_ key: SlotKey) -> Bool {
        acquisitions[key]?.request.names.contains { queues[$0]?.head == key } == true
    }

    mutating func retry(_ key: SlotKey, after interval: Interval) {
        acquisitions[key]?.timer &+= 1
        guard let timer = acquisitions[key]?.timer else { return }
        timers.add(.retry(key, timer: timer), at: now.instant + interval)
    }

    mutating func retry(_ key: SlotKey, _ timer: UInt32) {
        guard let acquisition = acquisitions[key], acquisition.timer == timer,
            acquisition.phase == .queued
        else { return }
        startTry(key)
    }

    /// A node says that the first waiter of this server for `name` may have its turn.
    package mutating func woken(_ node: NodeIndex, _ name: String, at moment: Moment) {
        now = moment
        guard let key = queues[name]?.head, let acquisition = acquisitions[key] else { return }
        guard acquisition.phase == .queued else {
            acquisitions[key]?.isWokenMeanwhile = true
            return
        }
        acquisitions[key]?.wakes.insert(node)
        let count = acquisitions[key]?.wakes.count ?? 0
        if count >= cluster.configuration.quorum {
            startTry(key)
        } else if count == 1 {
            retry(key, after: Self.hintPatience)
        }
    }

    /// The waiter that a release of `name` through this server may hand the lock to, in the same
    /// step on each node.
    mutating func heir(of names: [String]) -> SlotKey? {
        guard names.count == 1, let key = queues[names[0]]?.head,
            let acquisition = acquisitions[key], acquisition.phase == .queued,
            acquisition.request.names == names
        else { return nil }
        return prepareTry(key) ? key : nil
    }

    /// Something changed for those who wait for `names`: the first of each looks after itself.
    mutating func turnOfOthers(_ names: [String], after mode: LockMode) {
        for name in names {
            guard let key = queues[name]?.head, let next = acquisitions[key],
                next.phase == .queued
            else { continue }
            if mode == .shared {
                startTry(key)
            } else {
                retry(key, after: Self.enqueueDelay)
            }
        }
    }

    mutating func leaveQueues(_ key: SlotKey) {
        guard let request = acquisitions[key]?.request else { return }
        if waiting[request.grant] == key { waiting[request.grant] = nil }
        for name in request.names {
            queues[name]?.remove(key)
            if queues[name]?.isEmpty == true { queues[name] = nil }
        }
    }

    mutating func waitOver(_ key: SlotKey) {
        guard let acquisition = acquisitions[key], acquisition.phase != .closing else { return }
        let refusal =
            acquisition.lastRefusal ?? acquisition.round.refusal
            ?? acquisition.request.names.lazy.compactMap { [self] in lastRefusal(atHeadOf: $0) }
            .first
        guard let refusal else {
            var failure = unavailable()
            failure.message = "the lock was not to be had in time"
            abandon(key, answer: .failed(failure))
            return
        }
        abandon(
            key,
            answer: .notHeld(
                .init(
                    refusal: refusal,
                    waitedMilliseconds: milliseconds(now.instant - acquisition.arrived))))
    }

    /// What the first in the queue was told, for one that never asked itself.
    private func lastRefusal(atHeadOf name: String) -> Refusal? {
        queues[name]?.head.flatMap { acquisitions[$0]?.lastRefusal }
    }
}
