/// What a caller can do, in the words of the policy file.
///
/// The list is closed: a new operation adds its verb here, and every exhaustive `switch` that must
/// know it stops compiling until it does.
package enum Verb: String, CaseIterable, Sendable {
    /// Calls of the echo service.
    case echoCall = "echo.call"
    /// Checks and watches of health.
    case healthRead = "health.read"
    /// Taking locks: acquire, renew and change of mode.
    case lockAcquire = "lock.acquire"
    /// Giving grants back.
    case lockRelease = "lock.release"
    /// Seeing who holds a lock.
    case lockRead = "lock.read"
    /// Seeing who waits for a lock.
    case lockQueue = "lock.queue"
    /// Listing locks; the key is the prefix that is asked for.
    case lockList = "lock.list"
    /// Taking a lock away from its holder.
    case lockForce = "lock.force"
    /// Using sessions: open, keep alive, close, look at.
    case sessionUse = "session.use"
    /// Watching locks; the key is the name, or the prefix that is asked for.
    case watchRead = "watch.read"
    /// Standing for election, leading, and giving up.
    case electionCampaign = "election.campaign"
    /// Seeing who leads.
    case electionRead = "election.read"
    /// Reading keys; of all verbs on keys, the policy's key is the space, a slash and the key.
    case keyRead = "key.read"
    /// Writing keys.
    case keyWrite = "key.write"
    /// Taking keys away.
    case keyDelete = "key.delete"
    /// Listing keys with their values; the key is the space, a slash and the prefix that is asked for.
    case keyList = "key.list"
    /// Looking at the server: its state, limits, connections and calls.
    case adminInspect = "admin.inspect"
    /// Draining the server.
    case adminDrain = "admin.drain"
    /// Reloading certificates, policy and settings.
    case adminReload = "admin.reload"
    /// Changing the level of the log.
    case adminLog = "admin.log"
    /// Looking at the nodes.
    case adminNodes = "admin.nodes"
    /// Making a cluster of the nodes.
    case adminCluster = "admin.cluster"
    /// Letting time pass on a server with a manual clock.
    case adminClock = "admin.clock"

    /// Whether the verb is used on keys; the others have the empty key.
    package var hasKey: Bool {
        switch self {
        case .lockAcquire, .lockRelease, .lockRead, .lockQueue, .lockList, .lockForce,
            .electionCampaign, .electionRead, .watchRead, .keyRead, .keyWrite, .keyDelete, .keyList:
            true
        case .echoCall, .healthRead, .adminInspect, .adminDrain, .adminReload, .adminLog,
            .adminNodes, .adminCluster, .adminClock, .sessionUse:
            false
        }
    }

    /// Whether every use of it is written to the audit log.
    package var isAudited: Bool {
        switch self {
        case .adminInspect, .adminDrain, .adminReload, .adminLog, .adminNodes, .adminCluster,
            .adminClock, .lockForce:
            true
        case .echoCall, .healthRead, .lockAcquire, .lockRelease, .lockRead, .lockQueue, .lockList,
            .electionCampaign, .electionRead, .sessionUse, .watchRead, .keyRead, .keyWrite,
            .keyDelete, .keyList:
            false
        }
    }
}
