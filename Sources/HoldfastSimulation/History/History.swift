/// All that was seen in a run: what the checkers are given.
package struct History: Hashable, Sendable {
    /// N, the number of nodes; 1, 3, 5 or 7.
    package var nodeCount: Int
    /// In any order.
    package var records: [HistoryRecord]
    package var forgets: [NodeForget]
    /// Nodes that lost their data and did not vote until all they had granted was over: this takes
    /// nothing from exclusion, but a grant that fewer than a quorum are left with is lost.
    package var absences: [NodeForget] = []
    /// For each resource, in the order of its log.
    package var resourceLog: [ResourceEntry]

    package init(
        nodeCount: Int = 1, records: [HistoryRecord] = [], forgets: [NodeForget] = [],
        resourceLog: [ResourceEntry] = []
    ) {
        self.nodeCount = nodeCount
        self.records = records
        self.forgets = forgets
        self.resourceLog = resourceLog
    }

    /// Q, the number of nodes that decide.
    package var quorum: Int { nodeCount / 2 + 1 }

    /// Adds what another process has recorded in the same run. One of them writes the number of nodes
    /// and what they forgot.
    package mutating func merge(_ other: History) {
        nodeCount = max(nodeCount, other.nodeCount)
        records += other.records
        forgets += other.forgets
        resourceLog += other.resourceLog
    }
}
