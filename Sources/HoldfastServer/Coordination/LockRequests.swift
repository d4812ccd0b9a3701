internal import HoldfastBase
internal import HoldfastCoordination
internal import HoldfastNode
internal import HoldfastWire

/// What callers of the lock service send, as the brain is asked. Pure; what is wrong is told to the
/// check, and the result is then not to be used.
enum LockRequests {
    static func acquire(
        _ message: HoldfastWire.AcquireRequest, _ grant: GrantID, _ check: inout RequestCheck
    ) -> HoldfastCoordination.AcquireRequest {
        check.names(message.names)
        var request = HoldfastCoordination.AcquireRequest(
            names: NameSpace.lock.wrap(message.names), grant: grant)
        request.mode = mode(message.mode, &check)
        request.session = check.optionalID(message.session, field: "session")
        request.ttlMilliseconds = check.ttl(message.ttlMs)
        check.holder(message.holder, isReentrant: message.reentrant)
        request.holder = message.holder
        request.isReentrant = message.reentrant
        request.isFair = !message.unfair
        request.waitMilliseconds = check.wait(
            message.waitMs, retries: message.retryCount, delay: message.retryDelayMs)
        request.waitedMilliseconds = check.waited(message.waitedMs)
        request.renewIntervalMilliseconds = check.renewInterval(
            message.renewIntervalMs, isAutomatic: message.autoRenew,
            ttl: request.ttlMilliseconds, hasSession: request.session != nil)
        request.maxHoldMilliseconds = check.maxHold(
            message.maxHoldMs, isKept: request.session != nil || message.autoRenew)
        request.minStrength = check.strength(message.minStrength)
        request.lockDelayMilliseconds = check.lockDelay(message.lockDelayMs)
        check.metadata(message.metadata, field: "metadata")
        request.value = message.metadata
        return request
    }

    static func acquire(
        _ message: TryAcquireRequest, _ grant: GrantID, _ check: inout RequestCheck
    ) -> HoldfastCoordination.AcquireRequest {
        check.names(message.names)
        var request = HoldfastCoordination.AcquireRequest(
            names: NameSpace.lock.wrap(message.names), grant: grant)
        request.mode = mode(message.mode, &check)
        request.session = check.optionalID(message.session, field: "session")
        request.ttlMilliseconds = check.ttl(message.ttlMs)
        check.holder(message.holder, isReentrant: message.reentrant)
        request.holder = message.holder
        request.isReentrant = message.reentrant
        request.isFair = !message.unfair
        request.renewIntervalMilliseconds = check.renewInterval(
            message.renewIntervalMs, isAutomatic: message.autoRenew,
            ttl: request.ttlMilliseconds, hasSession: request.session != nil)
        request.maxHoldMilliseconds = check.maxHold(
            message.maxHoldMs, isKept: request.session != nil || message.autoRenew)
        request.minStrength = check.strength(message.minStrength)
        request.lockDelayMilliseconds = check.lockDelay(message.lockDelayMs)
        check.metadata(message.metadata, field: "metadata")
        request.value = message.metadata
        return request
    }

    static func campaign(
        _ message: CampaignRequest, _ grant: GrantID, _ check: inout RequestCheck
    ) -> HoldfastCoordination.AcquireRequest {
        check.name(message.election, field: "election")
        var request = HoldfastCoordination.AcquireRequest(
            names: [NameSpace.election.wrap(message.election)], grant: grant)
        request.session = check.optionalID(message.session, field: "session")
        request.ttlMilliseconds = check.ttl(message.ttlMs)
        request.waitMilliseconds = check.wait(message.waitMs)
        request.waitedMilliseconds = check.waited(message.waitedMs)
        request.minStrength = check.strength(message.minStrength)
        request.lockDelayMilliseconds = check.lockDelay(message.lockDelayMs)
        check.metadata(message.value, field: "value")
        request.value = message.value
        return request
    }

    /// The mode of a request; exclusive where none is said.
    static func mode(
        _ mode: HoldfastWire.LockMode, _ check: inout RequestCheck
    ) -> HoldfastNode.LockMode {
        switch mode {
        case .unspecified, .exclusive: return .exclusive
        case .shared: return .shared
        default:
            check.report("mode", "is \(mode.rawValue): exclusive is 1, shared is 2")
            return .exclusive
        }
    }
}
