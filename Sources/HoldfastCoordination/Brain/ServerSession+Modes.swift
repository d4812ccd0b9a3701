internal import HoldfastBase
internal import HoldfastNode

/// A grant that nodes have in different modes: some did not hear of a change.
///
/// Who has it exclusively has what a shared grant needs too; the other way round it is not so. Which of
/// the two its owner counts on is told by a quorum; to become exclusive draws a larger fence, to share
/// again keeps it.
extension ServerSession {
    /// These nodes have changed the mode, the others may not have heard of it.
    mutating func change(
        _ id: GrantID, mode: LockMode, fence: Fence, by nodes: NodeSet, at instant: Instant
    ) {
        guard let primary = primaryOf[id] else { return }
        update(primary) { grant in
            if mode != grant.mode { grant.turn() }
            grant.nodes = grant.nodes.union(nodes)
            grant.others = grant.others.subtracting(nodes)
            grant.fence = fence
            grant.isDisputed = false
            grant.changedAt = instant
        }
    }

    /// A node has the grant in the other mode.
    mutating func foundOtherwise(_ primary: GrantID, on node: NodeIndex, fence: Fence) {
        guard held[primary] != nil else { return }
        update(primary) {
            $0.nodes.remove(node)
            if $0.others.isEmpty {
                ($0.othersFence, $0.areOthersDisputed) = (fence, false)
            }
            if fence != $0.othersFence { $0.areOthersDisputed = true }
            $0.others.insert(node)
            $0.othersFence = max($0.othersFence, fence)
        }
    }

    /// Whether enough of the nodes that a renewal has verified have the grant; turns to the other mode
    /// where that is what they have.
    mutating func isHeld(_ primary: GrantID, by verified: NodeSet, quorum: Int) -> Bool {
        guard let grant = held[primary] else { return false }
        let same = grant.nodes.intersection(verified)
        let others = grant.others.intersection(verified)
        if same.count >= quorum { return true }
        if others.count >= quorum {
            let isLater: Bool
            switch grant.mode {
            case .shared:
                // A node that did not hear that it is shared again.
                guard grant.othersFence > grant.fence else { return true }
                isLater = true
            case .exclusive: isLater = isNew || grant.othersFence >= grant.fence
            }
            guard isLater else { return false }
            update(primary) { $0.turn() }
            return true
        }
        guard grant.mode == .shared, same.count + others.count >= quorum else { return false }
        // It may have become exclusive by another server, and who shares it then does not count.
        let unread = NodeSet(copies.indices).subtracting(verified)
        return grant.othersFence <= grant.fence || others.union(unread).count < quorum
    }
}

extension ServerSession.Held {
    /// The mode is the other one.
    fileprivate mutating func turn() {
        mode = mode.other
        (nodes, others) = (others, nodes)
        (fence, othersFence) = (othersFence, fence)
        (isDisputed, areOthersDisputed) = (areOthersDisputed, isDisputed)
    }

    /// The request that made it has come again: what was learnt of its mode since still holds.
    mutating func keepMode(of before: Self) {
        if mode != before.mode {
            (mode, nodes) = (before.mode, before.nodes)
            fence = max(fence, before.fence)
        }
        (others, othersFence) = (before.others, before.othersFence)
        nodes = nodes.subtracting(others)
        (areOthersDisputed, changedAt) = (before.areOthersDisputed, before.changedAt)
    }
}

extension LockMode {
    var other: LockMode { self == .exclusive ? .shared : .exclusive }
}
