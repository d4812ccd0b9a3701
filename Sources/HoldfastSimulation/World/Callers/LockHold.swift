import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// What a client believes to hold.
final class LockHold {
    let names: [String]
    let grant: GrantID
    let session: SessionID?
    let ttlMilliseconds: UInt64
    /// Not longer than this, where the grant has such a bound; by the client's clock.
    let longest: Instant
    /// How often its acquire was sent.
    let sendings: Int
    var mode: LockMode
    var fence: Fence
    /// Until when the client counts on it, by its own clock.
    var deadline: Instant

    init(
        _ wish: LockWish, mode: LockMode, fence: Fence, deadline: Instant, longest: Instant
    ) {
        names = wish.names
        grant = wish.grant
        session = wish.session
        ttlMilliseconds = wish.ttlMilliseconds
        sendings = wish.sendings
        self.mode = mode
        self.fence = fence
        self.deadline = min(deadline, longest)
        self.longest = longest
    }
}

/// What a client wants.
struct LockWish {
    var names: [String]
    var grant: GrantID
    var mode: LockMode
    var session: SessionID?
    var ttlMilliseconds: UInt64
    var waitMilliseconds: UInt64 = 0
    var maxHoldMilliseconds: UInt64 = 0
    var lockDelayMilliseconds: UInt64 = 0
    var minStrength = 0
    var patience: Interval
    /// When it was sent first, by the client's clock.
    var firstSent = Instant.zero
    var sendings = 0

    func request(waited: UInt64) -> AcquireRequest {
        var request = AcquireRequest(names: names, grant: grant)
        request.mode = mode
        request.session = session
        request.ttlMilliseconds = ttlMilliseconds
        request.waitMilliseconds = waitMilliseconds - min(waitMilliseconds, waited)
        request.waitedMilliseconds = waited
        request.maxHoldMilliseconds = maxHoldMilliseconds
        request.lockDelayMilliseconds = lockDelayMilliseconds
        request.minStrength = minStrength
        return request
    }
}
