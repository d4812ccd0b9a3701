internal import HoldfastCoordination
internal import HoldfastNode

/// What is to be known of a call, beside its outcome, to answer it.
///
/// Names are as the nodes have them: the request's own, so that a call that waits keeps them once.
enum AnswerForm: Sendable {
    case acquire(GrantID, names: [String], ttlMilliseconds: UInt64)
    case tryAcquire(GrantID, names: [String], ttlMilliseconds: UInt64)
    case changeMode(GrantID, names: [String])
    case renew(ttlMilliseconds: UInt64)
    /// `expected`: the names, where the caller believes that it holds them.
    case release(expected: [String])
    /// Nothing was released: whether that is because another holds it is asked.
    case notReleased(isForced: Bool, fence: UInt64)
    case getLock
    case queue
    /// `hasMore`: there are more than the page holds, once the names are known.
    case listLocks(next: ListID?)
    /// `fence`: of the holder that is meant; 0 is any.
    case forceRelease(name: String, fence: UInt64)
    case campaign(GrantID, ttlMilliseconds: UInt64)
    case leader
    case proclaim(sequence: UInt64)
    case renewLead(ttlMilliseconds: UInt64)
    case resign
    case openSession(SessionID)
    case keepAlive
    case closeSession
    case listGrants
    case sessionEvents
    case watch
    case observe
    case getKey(key: String)
    case putKey(key: String)
    case deleteKey(key: String)
    case listKeys(space: KeySpaceName, isKeysOnly: Bool)
    case batchKeys([KeyForm])
    case watchKeys(space: KeySpaceName, isKeysOnly: Bool)

    /// What a step of a batch is answered as.
    enum KeyForm: Sendable {
        case get(key: String)
        case put(key: String)
        case delete(key: String)
    }

    /// Whether the brain stops working for a caller that is gone.
    var isAbandonable: Bool {
        switch self {
        case .acquire, .tryAcquire, .campaign, .changeMode, .sessionEvents, .watch, .observe,
            .watchKeys:
            true
        case .renew, .release, .notReleased, .getLock, .queue, .listLocks, .forceRelease, .leader,
            .proclaim, .renewLead, .resign, .openSession, .keepAlive, .closeSession, .listGrants,
            .getKey, .putKey, .deleteKey, .listKeys, .batchKeys:
            false
        }
    }

    /// What is asked where nothing was released, and what that answers, where the caller said whose it
    /// was.
    var doubt: (names: [String], form: AnswerForm)? {
        switch self {
        case .release(let names) where !names.isEmpty:
            (names, .notReleased(isForced: false, fence: 0))
        case .forceRelease(let name, let fence) where fence > 0:
            ([name], .notReleased(isForced: true, fence: fence))
        default: nil
        }
    }

    var kind: CoordinationCounters.Kind {
        switch self {
        case .acquire: .acquire
        case .tryAcquire: .tryAcquire
        case .changeMode: .changeMode
        case .renew: .renew
        case .release, .notReleased(isForced: false, fence: _): .release
        case .getLock: .getLock
        case .queue: .queue
        case .listLocks: .listLocks
        case .forceRelease, .notReleased(isForced: true, fence: _): .forceRelease
        case .campaign: .campaign
        case .leader: .leader
        case .proclaim: .proclaim
        case .renewLead: .renewLead
        case .resign: .resign
        case .openSession: .openSession
        case .keepAlive: .keepAlive
        case .closeSession: .closeSession
        case .listGrants: .listGrants
        case .sessionEvents: .sessionEvents
        case .watch: .watch
        case .observe: .observe
        case .getKey: .getKey
        case .putKey: .putKey
        case .deleteKey: .deleteKey
        case .listKeys: .listKeys
        case .batchKeys: .batchKeys
        case .watchKeys: .watchKeys
        }
    }
}
