internal import HoldfastBase
package import HoldfastNode

extension NodeReadiness {
    /// What a Redis node's facts mean for its vote. Pure.
    ///
    /// A life of a node is a run of its process following one history of data: both change the
    /// marker. What it acknowledged outlives a crash only if it writes through before it answers.
    /// What is not known counts as bad. One that was promoted writes its own log through, but may
    /// lack what its master had acknowledged.
    package init(_ facts: NodeFacts) {
        self.init(
            marker: Self.marker(facts),
            isDurable: facts.persistence == .always && !facts.wasReplica,
            unfitBecause: Self.problem(facts))
    }

    private static func marker(_ facts: NodeFacts) -> UInt64 {
        let text = "\(facts.runID ?? "") \(facts.replicationID ?? "")"
        return SHA256.digest(of: Array(text.utf8)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func problem(_ facts: NodeFacts) -> String? {
        if facts.runID == nil { return "does not tell its run id (INFO server)" }
        switch facts.role {
        case .master: break
        case .replica: return "is a replica: name its master instead, or promote none"
        case .unknown: return "does not tell its role (INFO replication)"
        }
        guard let policy = facts.maxmemoryPolicy else {
            return "does not tell its maxmemory-policy (INFO memory)"
        }
        guard policy == "noeviction" else {
            return "may evict locks (maxmemory-policy \(policy)): set noeviction"
        }
        return nil
    }
}
