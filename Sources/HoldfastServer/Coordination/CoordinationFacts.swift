package import HoldfastBase
package import HoldfastCoordination

/// What the driver of the brain tells operators: a copy, made on its loop.
package struct CoordinationFacts: Sendable {
    package struct Node: Sendable {
        package var address: String
        package var state: Member.State
        /// Why it does not vote; empty when it does.
        package var reason: String
        package var epoch: UInt64
        package var marker: UInt64
        package var isDurable: Bool
        /// It votes, and is being told which keys there are.
        package var isLearning: Bool
        /// How many this server has told it so far.
        package var keysTold: UInt64
        package var commandsTotal: UInt64
        package var commandsOpen: Int
        package var silence: Interval
    }

    package var nodes: [Node] = []
    package var quorum = 1
    package var voters = 0
    package var hasQuorum = false
    package var epoch: UInt64 = 0
    package var callsOpen = 0
    package var waiting = 0
    package var acquisitions = 0
    package var rounds = 0
    package var queues = 0
    package var timers = 0
    package var counters = CoordinationCounters()
    /// Grants that were made, and those of them that took a second round.
    package var grantsMade: UInt64 = 0
    package var grantsRaised: UInt64 = 0
    package var keys = KeyStatistics()
    /// Keys that are asked for, or kept for the ballots that are promised for them.
    package var keysKept = 0
    package var keysTidied = 0
    /// Watchers of locks and keys.
    package var watchers = 0
}
