package import HoldfastBase
package import HoldfastNode

/// What a caller can ask of the brain.
package enum CoordinationRequest: Hashable, Sendable {
    case acquire(AcquireRequest)
    case renew(names: [String], grant: GrantID, ttlMilliseconds: UInt64)
    /// `isSole`: the caller sent the acquire once and saw its answer, so that no other sending of it
    /// can be on its way.
    case release(names: [String], grant: GrantID, isSole: Bool)
    case change(names: [String], grant: GrantID, mode: LockMode)
    case propose(name: String, grant: GrantID, sequence: UInt64, value: [UInt8])
    /// Takes a lock away from whoever holds it; from the holder of `fence` only, where it is given.
    case forceRelease(name: String, fence: Fence?)
    case read(names: [String])
    /// Who waits for a lock, the next first.
    case queue(name: String, limit: Int)
    /// Names of held locks in their order; `list` is what the last page was told to go on with.
    case list(prefix: String, after: String, limit: Int, list: ListID)
    case openSession(SessionID, ttlMilliseconds: UInt64)
    case keepAlive(SessionID, ttlMilliseconds: UInt64)
    case closeSession(SessionID)
    case listGrants(SessionID)
    /// A stream of the states of locks.
    case watch(WatchFilter, resume: WatchToken?)
    /// A stream of what happens to a session.
    case watchSession(SessionID)
    case readKey(String)
    /// `operation` names the change: asked for again, it is made once.
    case changeKey(String, operation: RequestID, KeyChange)
    case batchKeys([KeyWish])
    case listKeys(KeyPage)
    /// A stream of what keys are.
    case watchKeys(KeyWatch)
}
