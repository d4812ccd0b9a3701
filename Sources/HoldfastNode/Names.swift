package import HoldfastBase

/// Names a grant: the request id of the acquire that made it. A repeat of the request finds the
/// grant instead of taking another.
package typealias GrantID = RequestID

/// Names a session.
package typealias SessionID = RequestID

/// A number that comes with every exclusive grant and is larger than all before it.
package typealias Fence = UInt64

/// Names one life of a server: whom a node wakes, and whose waiters are alive.
package typealias ServerID = UInt64

/// How a lock is held.
package enum LockMode: UInt8, Hashable, Sendable {
    case exclusive = 1
    case shared = 2
}
