internal import HoldfastBase
internal import HoldfastWire

/// Decides what follows from the answers, or the silence, to one acquire: a pure value.
///
/// An acquire that is not answered may have been granted. It is sent again with the same request id, to
/// whatever server there is, and says how long it has waited, so that it keeps its place; when time is
/// up it is given back, because nobody would know of the grant.
struct AcquireMachine: Sendable {
    /// One sending.
    struct Sending: Equatable, Sendable {
        /// How long the server is to wait.
        let wait: Interval
        /// How long the request has waited before.
        let waited: Interval
        /// How long the answer may take.
        let timeout: Interval
    }

    /// What follows from a failure.
    enum Next: Equatable, Sendable {
        case sendAgain(after: Interval)
        /// Gives up. Where `isOpen`, a grant may be made yet and is to be given back.
        case fail(isOpen: Bool)
    }

    /// How long one answer may take beyond what it waits.
    private static let answerTime = Interval.milliseconds(5000)
    /// Servers cut longer calls to this.
    private static let callTimeMax = Interval.milliseconds(590_000)
    private static let pauseMax = Interval.milliseconds(500)

    private let wait: Interval
    private let patience: Interval
    private(set) var firstSent = Instant.never
    private(set) var sendings = 0
    private var failures = 0

    /// - Parameter patience: for answers that do not come, beyond the wait.
    init(wait: Interval, patience: Interval) {
        self.wait = max(wait, .zero)
        self.patience = patience
    }

    /// Until when the caller is given a chance.
    private var end: Instant { firstSent + wait + patience }

    mutating func send(_ now: Instant) -> Sending {
        if sendings == 0 { firstSent = now }
        sendings += 1
        let waited = max(now - firstSent, .zero)
        let left = max(Interval(nanoseconds: wait.nanoseconds - waited.nanoseconds), .zero)
        let timeout = min(left + min(Self.answerTime, patience), Self.callTimeMax)
        return Sending(
            wait: left, waited: waited,
            timeout: max(min(timeout, end - now), .milliseconds(1)))
    }

    mutating func failed(_ error: RPCError, _ now: Instant, isCancelled: Bool) -> Next {
        failures += 1
        let isDone = Self.isRefusal(error)
        if isCancelled || !Self.mayRepeat(error) { return .fail(isOpen: !isDone || sendings > 1) }
        // Where it is known that nothing is held, who did not want to wait does not.
        let isKnown = isDone && !error.isNotProcessed && error.reason != "LOCK_NO_SESSION"
        let last = isKnown ? firstSent + wait : end
        let pause =
            failures == 1 && error.isNotProcessed
            ? Interval.zero : min(.milliseconds(10 << Int64(min(failures, 6))), Self.pauseMax)
        let delay = error.retryAfter.map { Interval($0) } ?? pause
        guard now + delay < last else { return .fail(isOpen: !isDone || sendings > 1) }
        return .sendAgain(after: delay)
    }

    /// An answer says that nothing is held: an earlier sending may yet be granted.
    var mustGiveBack: Bool { sendings > 1 }

    /// Whether the answer to a release says for certain what the grant was.
    var isSole: Bool { sendings == 1 }

    // MARK: What errors mean

    /// The server has not done it, and will not.
    static func isRefusal(_ error: RPCError) -> Bool {
        if error.isNotProcessed { return true }
        switch error.reason {
        case "NO_QUORUM", "STRENGTH_NOT_REACHED", "CLOCK_SKEW", "LOCK_FULL": return true
        case "OUTCOME_UNKNOWN": return false
        default: break
        }
        switch error.code {
        case .invalidArgument, .permissionDenied, .unauthenticated, .unimplemented, .notFound,
            .failedPrecondition, .aborted, .resourceExhausted, .outOfRange:
            return true
        default: return false
        }
    }

    /// Whether the same request may do better.
    static func mayRepeat(_ error: RPCError) -> Bool {
        switch error.reason {
        case "NO_QUORUM", "OUTCOME_UNKNOWN", "LOCK_NO_SESSION": return true
        case "STRENGTH_NOT_REACHED", "CLOCK_SKEW", "LOCK_FULL", "LOCK_BURIED": return false
        default: break
        }
        if error.isNotProcessed || error.retryAfter != nil { return error.retryClass != .never }
        switch error.code {
        case .unavailable, .deadlineExceeded, .unknown, .internal: return true
        default: return false
        }
    }
}
