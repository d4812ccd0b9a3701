import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// A server with the machine it runs on: the shipped brain, and what the shell around it would do.
struct ServerHost {
    var brain: Brain
    var clock: HostClock
    /// New with every start.
    var life: ServerID
    var links: [NodeLink]
    var isUp = false
    var sleep = HostSleep()
    /// When it is going to look at its timers.
    var timerAt = Instant.never
    /// The next answer that grants something is never sent: it dies before.
    var diesAtGrant = false

    func moment(_ instant: Instant) -> Moment {
        Moment(
            instant: clock.local(instant), wallMicroseconds: clock.wallMicroseconds(instant))
    }
}

/// A server's way to a node.
struct NodeLink {
    /// The shell's end of it, where the node is a Redis.
    var way: RedisWay?
    /// The connection that stands, a place in the world's list.
    var connection: Int?
    /// Greetings were exchanged; nothing is sent before.
    var isReady = false
    /// What was sent and not answered, in order; with the connection it is forgotten.
    var pending: [UInt64] = []
    var pendingHead = 0
    /// Nobody overtakes on a connection: when the last message arrives.
    var lastAtNode = Instant.zero
    var lastAtServer = Instant.zero
    /// Nothing moves in this direction before.
    var stalledToNode = Instant.zero
    var stalledToServer = Instant.zero
    var cutUntil = Instant.zero

    mutating func popPending() -> UInt64? {
        guard pendingHead < pending.count else { return nil }
        let tag = pending[pendingHead]
        pendingHead += 1
        if pendingHead > 64, pendingHead * 2 > pending.count {
            pending.removeFirst(pendingHead)
            pendingHead = 0
        }
        return tag
    }

    mutating func takePending() -> [UInt64] {
        defer {
            pending.removeAll(keepingCapacity: true)
            pendingHead = 0
        }
        return Array(pending[pendingHead...])
    }
}

/// One connection of a server to a node, for as long as anything of it may be on its way.
struct NodeConnection {
    let server: Int
    let life: ServerID
    let node: NodeIndex
    /// The life of the node that it was made to: what is on its way ends with that.
    let nodeLife: UInt64
    var isBroken = false
    /// Whether what was on its way when it broke still reaches the node, and how much later.
    var lateBy: Interval?
    /// What is still on its way never arrives.
    var isCutOff = false
}
