internal import HoldfastNode

/// Who was asked in one round about a register, who agreed, and whether a quorum still can.
struct AnswerTally: Sendable {
    enum Verdict: Hashable, Sendable {
        case wait
        case quorum
        /// There can be none any more, because of something with this counter.
        case conflict(counter: UInt64)
        /// There can be none any more: too few answered.
        case silent
    }

    let quorum: Int
    private var open: NodeSet
    private var agreed = NodeSet()
    private var most: UInt64?
    private var isOver = false

    init(asked: NodeSet, quorum: Int) {
        open = asked
        self.quorum = quorum
    }

    /// Whether the node's answer is waited for; it is not after this.
    mutating func close(_ node: NodeIndex) -> Bool {
        guard open.contains(node) else { return false }
        open.remove(node)
        return true
    }

    mutating func agree(_ node: NodeIndex) { agreed.insert(node) }

    mutating func object(_ counter: UInt64) { most = max(most ?? 0, counter) }

    /// Whoever has not answered by now is silent.
    mutating func timeUp() { open = NodeSet() }

    /// What the answers make; told once, and `wait` ever after.
    mutating func verdict() -> Verdict {
        guard !isOver else { return .wait }
        if agreed.count >= quorum {
            isOver = true
            return .quorum
        }
        guard agreed.count + open.count < quorum else { return .wait }
        isOver = true
        return most.map { .conflict(counter: $0) } ?? .silent
    }
}
