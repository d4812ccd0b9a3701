/// Orders the proposals for a register: a number of the proposing server, and who it is.
///
/// A ballot is used with one value only, whatever becomes of it: what was sent under it may turn up
/// again. A server that is met with a larger counter goes on from there.
package struct Ballot: Hashable, Comparable, Sendable {
    package var counter: UInt64
    /// This life of the server; two lives share a ballot only if they share this and the counter.
    package var proposer: UInt64

    package init(counter: UInt64, proposer: UInt64) {
        self.counter = counter
        self.proposer = proposer
    }

    /// Before all that are used.
    package static let zero = Ballot(counter: 0, proposer: 0)
    /// Scripts count in doubles: neither number may reach this.
    package static let numberMax: UInt64 = 1 << 53

    package static func < (left: Ballot, right: Ballot) -> Bool {
        (left.counter, left.proposer) < (right.counter, right.proposer)
    }
}
