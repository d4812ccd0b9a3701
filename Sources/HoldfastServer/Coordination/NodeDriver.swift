internal import HoldfastBase
internal import HoldfastCoordination
internal import HoldfastNode

/// A node as the driver of the brain reaches it, on the brain's loop.
protocol NodeDriver: AnyObject {
    /// Where it is, for people.
    var address: String { get }
    var commandsTotal: UInt64 { get }
    var commandsOpen: Int { get }
    /// Of the connection that stands, or stood last.
    var readiness: NodeReadiness? { get }
    /// Since when it lets a command wait; `nil` while it owes no answer.
    var owesSince: Instant? { get }

    func begin()
    func end()
    /// Asks the node; the answer, where there is one at once. Otherwise it comes later, and always.
    func send(
        _ command: NodeCommand, tag: UInt64, expecting gate: GateIdentity, at moment: Moment
    ) -> NodeReply?
    /// Has the facts of the node read anew.
    func inspect()
}
