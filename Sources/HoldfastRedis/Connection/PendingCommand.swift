internal import HoldfastBase

/// A command that has no answer yet. Its bytes lie beside it, in the lane.
struct PendingCommand {
    enum Purpose: Equatable {
        /// A script call of the owner of the session.
        case call
        case authenticate
        case setName
        case select
        /// Loads the script of that number.
        case load
        case fact(FactsDraft.Part)
        case ping
    }

    var purpose: Purpose
    var bytes: Int
    var tag: UInt64 = 0
    var deadline = Instant.never
    var script = 0
    /// How often it was repeated because the node did not have the script.
    var repeats = 0
    /// The owner has been told that nobody knows; the answer is swallowed.
    var isGivenUp = false
}
