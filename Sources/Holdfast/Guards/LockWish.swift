internal import HoldfastBase
internal import HoldfastWire

/// What a caller wants to hold.
struct LockWish: Sendable {
    enum Kind: Equatable, Sendable {
        case exclusive
        case shared
        /// To lead an election, and to say this.
        case election(value: [UInt8])
    }

    /// As the caller calls them.
    let names: [String]
    let kind: Kind
    let options: LockOptions
    /// What the client puts in front of every name.
    let namespace: String

    var isElection: Bool {
        if case .election = kind { true } else { false }
    }

    /// As the servers call them.
    var wireNames: [String] {
        namespace.isEmpty ? names : names.map { namespace + "/" + $0 }
    }

    func acquireRequest(
        session: RequestID?, _ sending: AcquireMachine.Sending
    ) -> AcquireRequest {
        var request = AcquireRequest()
        request.names = wireNames
        request.mode = kind == .shared ? .shared : .exclusive
        request.session = session?.bytes ?? []
        request.ttlMs = session == nil ? Interval(options.ttl).wireMilliseconds : 0
        request.holder = options.holder
        request.reentrant = options.reentrant
        request.unfair = !options.fair
        request.waitMs = sending.wait.wireMilliseconds
        request.waitedMs = sending.waited.wireMilliseconds
        if session != nil, let longest = options.maxHold {
            request.maxHoldMs = Interval(longest).wireMilliseconds
        }
        request.minStrength = UInt32(clamping: options.minStrength)
        request.lockDelayMs = Interval(options.lockDelay).wireMilliseconds
        request.metadata = options.metadata
        return request
    }

    func campaignRequest(
        value: [UInt8], session: RequestID?, _ sending: AcquireMachine.Sending
    ) -> CampaignRequest {
        CampaignRequest(
            election: wireNames[0], value: value, session: session?.bytes ?? [],
            ttlMs: session == nil ? Interval(options.ttl).wireMilliseconds : 0,
            waitMs: sending.wait.wireMilliseconds, waitedMs: sending.waited.wireMilliseconds,
            minStrength: UInt32(clamping: options.minStrength),
            lockDelayMs: Interval(options.lockDelay).wireMilliseconds)
    }
}
