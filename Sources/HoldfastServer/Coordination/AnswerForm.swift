internal import HoldfastNode

/// What is to be known of a call, beside its outcome, to answer it.
///
/// Names are as the nodes have them: the request's own, so that a call that waits keeps them once.
enum AnswerForm: Sendable {
    case acquire(GrantID, names: [String], ttlMilliseconds: UInt64)
    case tryAcquire(GrantID, names: [String], ttlMilliseconds: UInt64)
    case changeMode(GrantID, names: [String])
    case renew(ttlMilliseconds: UInt64)
    case release
    case getLock
    /// `hasMore`: there are more than the page holds, once the names are known.
    case listLocks(hasMore: Bool)
    case forceRelease
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

    /// Whether the brain stops working for a caller that is gone.
    var isAbandonable: Bool {
        switch self {
        case .acquire, .tryAcquire, .campaign, .changeMode, .sessionEvents, .watch, .observe: true
        case .renew, .release, .getLock, .listLocks, .forceRelease, .leader, .proclaim, .renewLead,
            .resign, .openSession, .keepAlive, .closeSession, .listGrants:
            false
        }
    }

    var kind: CoordinationCounters.Kind {
        switch self {
        case .acquire: .acquire
        case .tryAcquire: .tryAcquire
        case .changeMode: .changeMode
        case .renew: .renew
        case .release: .release
        case .getLock: .getLock
        case .listLocks: .listLocks
        case .forceRelease: .forceRelease
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
        }
    }
}
