/// One broken promise, with the few records that prove it.
package struct HistoryViolation: Hashable, Sendable, CustomStringConvertible {
    package let invariant: HistoryInvariant
    /// The lock, resource, node or server it is about.
    package let subject: String
    /// What is wrong, in a sentence.
    package let message: String
    /// Enough to see that it is so, and no more.
    package let evidence: [HistoryRecord]

    package init(
        _ invariant: HistoryInvariant, _ subject: String, _ message: String,
        evidence: [HistoryRecord] = []
    ) {
        self.invariant = invariant
        self.subject = subject
        self.message = message
        self.evidence = evidence
    }

    package var description: String {
        let head = "\(invariant.rawValue): \(subject): \(message)"
        return evidence.isEmpty ? head : head + "\n" + HistoryTimeline(evidence).text
    }
}
