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
        let cleanup = Cleanup(step: step, until: now.instant + Self.cleanupPatience)
        if cluster.voters.contains(node) {
            send(node, Tag(.cleanup, cleanups.insert(cleanup)), .release(step))
        } else {
            postpone(node, cleanup)
        }
    }

    mutating func cleaned(_ node: NodeIndex, _ key: SlotKey, _ reply: NodeReply) {
        guard let cleanup = cleanups.remove(key) else { return }
        if case .released = reply { return }
        postpone(node, cleanup)
    }

    private mutating func postpone(_ node: NodeIndex, _ cleanup: Cleanup) {
        guard now.instant < cleanup.until, postponed[node].count < Self.cleanupsMax else { return }
        var cleanup = cleanup
        cleanup.step.isBuried = true
        cleanup.step.next = nil
        postponed[node].append(cleanup)
    }

    /// The node votes again.
    mutating func resumeCleanups(_ node: NodeIndex) {
        guard !postponed[node].isEmpty else { return }
        let list = postponed[node]
        postponed[node] = []
        for cleanup in list where now.instant < cleanup.until {
            send(node, Tag(.cleanup, cleanups.insert(cleanup)), .release(cleanup.step))
        }
    }

    mutating func cleanupBeat() {
        for node in cluster.voters { resumeCleanups(node) }
    }
}
