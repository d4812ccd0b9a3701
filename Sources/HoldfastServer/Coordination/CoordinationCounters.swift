internal import HoldfastCoordination

/// How many requests of which kind came to which end; on the loop of the brain.
package struct CoordinationCounters: Sendable {
    package enum Kind: Int, CaseIterable, Sendable {
        case acquire
        case tryAcquire
        case changeMode
        case renew
        case release
        case getLock
        case queue
        case listLocks
        case forceRelease
        case campaign
        case leader
        case proclaim
        case renewLead
        case resign
        case openSession
        case keepAlive
        case closeSession
        case listGrants
        case sessionEvents
        case watch
        case observe
        case getKey
        case putKey
        case deleteKey
        case listKeys
        case batchKeys
        case watchKeys

        var label: String {
            switch self {
            case .acquire: "acquire"
            case .tryAcquire: "try_acquire"
            case .changeMode: "change_mode"
            case .renew: "renew"
            case .release: "release"
            case .getLock: "get_lock"
            case .queue: "queue"
            case .listLocks: "list_locks"
            case .forceRelease: "force_release"
            case .campaign: "campaign"
            case .leader: "leader"
            case .proclaim: "proclaim"
            case .renewLead: "renew_lead"
            case .resign: "resign"
            case .openSession: "open_session"
            case .keepAlive: "keep_alive"
            case .closeSession: "close_session"
            case .listGrants: "list_grants"
            case .sessionEvents: "session_events"
            case .watch: "watch"
            case .observe: "observe"
            case .getKey: "get_key"
            case .putKey: "put_key"
            case .deleteKey: "delete_key"
            case .listKeys: "list_keys"
            case .batchKeys: "batch_keys"
            case .watchKeys: "watch_keys"
            }
        }
    }

    package enum End: Int, CaseIterable, Sendable {
        case done
        case notHeld
        case unavailable
        case unknown
        case refused
        case abandoned

        var label: String {
            switch self {
            case .done: "done"
            case .notHeld: "not_held"
            case .unavailable: "unavailable"
            case .unknown: "unknown"
            case .refused: "refused"
            case .abandoned: "abandoned"
            }
        }

        init(_ outcome: Outcome) {
            switch outcome {
            case .failed(let failure):
                switch failure.code {
                case .unavailable: self = .unavailable
                case .unknown: self = .unknown
                case .noSession, .notOwner, .full, .clockSkew, .buried, .tooWeak, .conflict,
                    .cancelled, .overloaded:
                    self = .refused
                }
            case .notHeld: self = .notHeld
            case .key(.mismatch): self = .notHeld
            case .key(.unknown): self = .unknown
            case .key(.unavailable): self = .unavailable
            case .key(.malformed), .key(.stale), .key(.unproved), .key(.tooManyGuards):
                self = .refused
            default: self = .done
            }
        }
    }

    private var counts = [UInt64](repeating: 0, count: Kind.allCases.count * End.allCases.count)

    package init() {}

    mutating func count(_ kind: Kind, _ end: End) {
        counts[kind.rawValue * End.allCases.count + end.rawValue] &+= 1
    }

    package func value(_ kind: Kind, _ end: End) -> UInt64 {
        counts[kind.rawValue * End.allCases.count + end.rawValue]
    }
}
