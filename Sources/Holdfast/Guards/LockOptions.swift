internal import HoldfastBase

/// How a lock is asked for and held.
public struct LockOptions: Hashable, Sendable {
    /// How long the grant lives unless it is renewed, from 100 ms to 24 h. A holder that dies keeps
    /// others out for so long.
    public var ttl: Duration
    /// How long to wait for the lock, at most 24 h; zero tries once.
    public var wait: Duration
    /// Another way to say how long: `retryCount` times `retryDelay`, in place of `wait`. Nobody asks
    /// again and again: the server waits so long.
    public var retryCount: Int
    /// See `retryCount`.
    public var retryDelay: Duration
    /// Whether those who have waited longer come first. If not, takes a free lock at once.
    public var fair: Bool
    /// Whether a holder that has these locks already gets them again; needs `holder`.
    public var reentrant: Bool
    /// What the caller calls itself, to enter again: the same in this client (or this session) is the
    /// same holder. Empty is nobody: then every acquire is for itself.
    public var holder: String
    /// Whether the grant is renewed as long as the guard is held. If not, it ends after `ttl`.
    public var autoRenew: Bool
    /// How often; `nil` is a third of `ttl`.
    public var renewInterval: Duration?
    /// The longest that the lock is held, at most 24 h; `nil` is as long as it is renewed.
    public var maxHold: Duration?
    /// On how many nodes the grant must be; 0 is a quorum, which survives no node that forgets.
    public var minStrength: Int
    /// How long nobody gets the lock after this holder vanished, at most 1 h: for work that a late
    /// holder may still have under way. After a release it is free at once.
    public var lockDelay: Duration
    /// What others are shown of the holder; at most 1 KiB.
    public var metadata: [UInt8]

    /// Options with the defaults for all that is not given.
    public init(
        ttl: Duration = .seconds(30), wait: Duration = .seconds(30), retryCount: Int = 0,
        retryDelay: Duration = .zero, fair: Bool = true, reentrant: Bool = false,
        holder: String = "", autoRenew: Bool = true, renewInterval: Duration? = nil,
        maxHold: Duration? = nil, minStrength: Int = 0, lockDelay: Duration = .zero,
        metadata: [UInt8] = []
    ) {
        self.ttl = ttl
        self.wait = wait
        self.retryCount = retryCount
        self.retryDelay = retryDelay
        self.fair = fair
        self.reentrant = reentrant
        self.holder = holder
        self.autoRenew = autoRenew
        self.renewInterval = renewInterval
        self.maxHold = maxHold
        self.minStrength = minStrength
        self.lockDelay = lockDelay
        self.metadata = metadata
    }

    /// Takes the lock if it is free, and does not wait.
    public static var `try`: LockOptions { LockOptions(wait: .zero) }

    /// How long the server is to wait.
    var patience: Interval {
        guard retryCount > 0 else { return max(Interval(wait), .zero) }
        let delay = max(Interval(retryDelay), .zero)
        let (product, overflow) = delay.nanoseconds
            .multipliedReportingOverflow(by: Int64(retryCount))
        return overflow ? .max : Interval(nanoseconds: product)
    }

    /// How often its session is kept alive.
    var interval: Interval {
        renewInterval.map { Interval($0) } ?? Interval(nanoseconds: Interval(ttl).nanoseconds / 3)
    }

    /// Why the options can never be met; what a server would refuse is left to the server.
    var complaint: String? {
        if Interval(ttl) < .milliseconds(100) { return "ttl is below 100 ms" }
        if retryCount < 0 { return "retryCount is negative" }
        if reentrant, holder.isEmpty { return "reentrant needs a holder" }
        if autoRenew, interval < .milliseconds(10) { return "renewInterval is below 10 ms" }
        if autoRenew, Interval(nanoseconds: interval.nanoseconds) >= Interval(ttl) {
            return "renewInterval is not below ttl: nothing would be renewed in time"
        }
        if let maxHold, Interval(maxHold) <= .zero { return "maxHold is not above zero" }
        if minStrength < 0 { return "minStrength is negative" }
        return nil
    }
}
