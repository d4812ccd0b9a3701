internal import HoldfastBase
internal import HoldfastNode

/// A configured node as this server sees it.
package struct Member: Sendable {
    package enum State: Hashable, Sendable {
        /// No connection.
        case down(String)
        /// Connected; its gate is being read. → any of the others
        case inspecting
        /// Its answers count.
        case voting
        /// Has no gate and no data. → forming, recovering
        case empty
        /// Its first gate is being written. → voting
        case forming
        /// May have forgotten what it promised. → recovering
        case forgetful(String)
        /// Its clock was set: what it granted may have ended early. → voting
        case stepped
        /// The others are being moved to a new epoch, to admit it. → admitting
        case recovering
        /// Its new gate is being written. → voting
        case admitting
        /// Belongs to another cluster, or is in no state to vote.
        case unfit(String)
    }

    /// Whether a node that is to be admitted was looked at once more.
    enum SecondLook {
        case no, asked, done
    }

    package internal(set) var state = State.down("not connected yet")
    /// Since when it may have forgotten: what was granted before must be over before it votes.
    var forgetfulSince: Instant?
    /// The epoch that was known then: as long as it is the newest, the node was admitted in no other.
    var forgetfulEpoch: UInt64 = 0
    var secondLook = SecondLook.no
    var readiness: NodeReadiness?
    var gate: Gate?
    /// Whether this server has seen it vote.
    var hasVoted = false
    /// What is known of its clock.
    var clock = ClockWitness()
    /// Questions for its clock that have no answer yet, and when the oldest of them was asked.
    var clockQuestions = 0
    var clockAsked = Instant.zero
    /// When its clock was found set.
    var steppedAt: Instant?
}
