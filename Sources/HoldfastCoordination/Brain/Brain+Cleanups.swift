internal import HoldfastBase
internal import HoldfastNode

/// What is taken back must go from every node, also from one that cannot be asked now.
extension Brain {
    private static let cleanupsMax = 4096
    private static let cleanupPatience = Interval.seconds(120)

    /// Sends a step to a node, and again later if it may not have arrived.
    mutating func cleanUp(_ node: NodeIndex, _ step: ReleaseStep) {
        guard step.waitingAgain == nil else {
            send(node, Tag(.closing), .release(step))
            return
        }
        cleanUp(node, .release(step))
    }

    mutating func cleanUp(_ node: NodeIndex, _ work: Cleanup.Work) {
        let cleanup = Cleanup(work: work, until: now.instant + Self.cleanupPatience)
        if cluster.voters.contains(node) {
            send(node, Tag(.cleanup, cleanups.insert(cleanup)), cleanup.command)
        } else {
            postpone(node, cleanup)
        }
    }

    mutating func cleaned(_ node: NodeIndex, _ key: SlotKey, _ reply: NodeReply) {
        guard let cleanup = cleanups.remove(key) else { return }
        switch reply {
        case .released, .acquire: break
        // What was held in the session is free, and there may be who waits for it.
        case .accepted: sweepNow(node)
        default: postpone(node, cleanup)
        }
    }

    private mutating func postpone(_ node: NodeIndex, _ cleanup: Cleanup) {
        guard now.instant < cleanup.until, postponed[node].count < Self.cleanupsMax else { return }
        var cleanup = cleanup
        if case .release(var step) = cleanup.work {
            step.isBuried = true
            step.next = nil
            cleanup.work = .release(step)
        }
        postponed[node].append(cleanup)
    }

    /// The node votes again.
    mutating func resumeCleanups(_ node: NodeIndex) {
        guard !postponed[node].isEmpty else { return }
        let list = postponed[node]
        postponed[node] = []
        for cleanup in list where now.instant < cleanup.until && isWanted(cleanup) {
            send(node, Tag(.cleanup, cleanups.insert(cleanup)), cleanup.command)
        }
    }

    /// Whose close has failed may have kept the session alive since.
    private func isWanted(_ cleanup: Cleanup) -> Bool {
        guard case .close(let session) = cleanup.work else { return true }
        return sessions[session]?.isConfirmed != true
    }

    mutating func cleanupBeat() {
        for node in cluster.voters { resumeCleanups(node) }
    }
}
