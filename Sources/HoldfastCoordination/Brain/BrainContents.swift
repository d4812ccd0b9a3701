/// How much a brain has of everything that comes and goes.
package struct BrainContents: Hashable, Sendable {
    package let acquisitions: Int
    package let rounds: Int
    package let queues: Int
    package let waiting: Int
    package let timers: Int
    package let sessions: Int
    package let grants: Int
    package let renewals: Int
    package let seedings: Int
    /// Lists of names that were begun.
    package let lists: Int
    /// Keys that are asked for or kept for their promised ballots, and who asks.
    package let keys: Int
    package let keyCalls: Int
    /// Keys that are being tidied.
    package let tidying: Int
    package let watchers: Int
}
