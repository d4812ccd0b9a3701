internal import HoldfastBase
internal import HoldfastWire

/// Decides how often a release is sent: a pure value.
///
/// Until it is answered, a while apart, and not for ever: a grant with a life of its own ends by itself,
/// and what is left in a session is found by the next comparison with the servers.
struct ReleaseMachine: Sendable {
    private static let answerTime = Interval.milliseconds(2000)
    private static let pauseMax = Interval.milliseconds(1000)

    private let until: Instant
    private var sendings = 0

    init(until: Instant) { self.until = until }

    /// Whether the answer tells what the grant was before: an earlier sending may have done it.
    var isFirst: Bool { sendings == 1 }

    /// How long the answer may take.
    mutating func send(_ now: Instant) -> Interval {
        sendings += 1
        return max(min(Self.answerTime, until - now), .milliseconds(100))
    }

    /// When to send it again; `nil` to give up.
    func failed(_ error: RPCError, _ now: Instant) -> Interval? {
        guard AcquireMachine.mayRepeat(error) else { return nil }
        let pause = min(.milliseconds(10 << Int64(min(sendings, 7))), Self.pauseMax)
        return now + pause < until ? pause : nil
    }
}
