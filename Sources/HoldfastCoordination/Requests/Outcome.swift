package import HoldfastNode

/// What became of a request.
package enum Outcome: Hashable, Sendable {
    case granted(Granted)
    indirect case notHeld(NotHeld)
    /// `false`: the grant was not there any more.
    case released(Bool)
    case renewed(fence: Fence, strength: Int)
    case done
    indirect case locks([LockState])
    indirect case queue(QueueState)
    /// `next`: where there are more, what to go on with.
    indirect case names([String], next: ListID?)
    indirect case session(SessionState)
    indirect case grants([SessionGrant])
    indirect case key(KeyOutcome)
    /// A list goes on behind `next`, if that is not empty.
    indirect case keys([KeyAnswer], next: String)
    indirect case failed(Failure)

    package struct Granted: Hashable, Sendable {
        package var fence: Fence
        /// How many nodes hold it, of how many.
        package var strength: Int
        package var nodes: Int
        /// How long the request was here before the try that succeeded began: the caller may count
        /// its deadline from its sending plus this.
        package var waitedMilliseconds: UInt64
        /// Whether the holder had it already and entered again.
        package var isJoined: Bool
    }

    package struct NotHeld: Hashable, Sendable {
        package var refusal: Refusal
        package var waitedMilliseconds: UInt64
    }

    package struct SessionState: Hashable, Sendable {
        package var id: SessionID
        package var ttlMilliseconds: UInt64
        package var strength: Int
        /// Of the grants the server believes held, to compare with the caller's own.
        package var count: UInt64
        package var digest: UInt64
        /// Grants that were found lost since they were last told.
        package var lost: [GrantID]
    }
}

/// A lock as a quorum sees it.
package struct LockState: Hashable, Sendable {
    package var name: String
    /// Those that a quorum holds, oldest fence first.
    package var grants: [GrantView]
    /// On how many nodes each of `grants` is, under the fence that is told.
    package var strengths: [Int]
    package var waiting: Int
    /// What each node says, by its index; a node that did not answer is missing.
    package var perNode: [Int: LockView]
}

/// The queue of a lock, as one server and the nodes know it.
package struct QueueState: Hashable, Sendable {
    package struct Waiter: Hashable, Sendable {
        package var grant: GrantID
        package var mode: LockMode
        package var session: SessionID?
        package var holder: String
        package var value: [UInt8]
        package var waitedMilliseconds: UInt64
        /// By way of another server, which alone knows what it says of itself.
        package var isElsewhere: Bool
    }

    /// The next first.
    package var waiters: [Waiter]
    /// How many there are, also where not all are told.
    package var count: Int
}

/// A grant of a session as the server knows it.
package struct SessionGrant: Hashable, Sendable {
    package var grant: GrantID
    package var names: [String]
    package var mode: LockMode
    package var fence: Fence
    package var strength: Int
}

/// Why a request could not be done.
package struct Failure: Hashable, Sendable, Error {
    package enum Code: UInt8, Hashable, Sendable {
        /// Not enough nodes; nothing is held, or what was held still is.
        case unavailable
        /// Sent to a quorum, and not enough answered: it may or may not have happened.
        case unknown
        case noSession
        /// The grant is not held any more, or never was.
        case notOwner
        case full
        case clockSkew
        /// Released before this arrived.
        case buried
        /// Not enough nodes for the strength that was asked for.
        case tooWeak
        case conflict
        case cancelled
        case overloaded
    }

    package var code: Code
    package var message: String
    /// What is wrong with which node.
    package var nodes: [NodeProblem] = []

    package init(_ code: Code, _ message: String, nodes: [NodeProblem] = []) {
        self.code = code
        self.message = message
        self.nodes = nodes
    }
}

package struct NodeProblem: Hashable, Sendable {
    package var node: NodeIndex
    package var reason: String
}
