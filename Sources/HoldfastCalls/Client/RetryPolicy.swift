internal import HoldfastBase
internal import HoldfastWireProtocol

/// Decides whether and when a failed call is made again: a pure value.
///
/// A call may be repeated only where its status allows it; repeats of calls that a server may have
/// processed are paid from a budget that successes refill slowly, so that a struggling server does
/// not get the load of its own failures on top.
struct RetryPolicy: Sendable {
    static let attemptsMax = 5
    private static let budgetMax = 10.0
    private static let refillPerSuccess = 0.1

    private var budget = Self.budgetMax

    var isFull: Bool { budget >= Self.budgetMax }

    mutating func succeeded() {
        budget = min(Self.budgetMax, budget + Self.refillPerSuccess)
    }

    /// The pause before the next attempt, or `nil` to give up.
    ///
    /// - Parameters:
    ///   - attempt: how many attempts were made.
    ///   - random: a number in 0..<1.
    mutating func pause(
        after error: RPCError, attempt: Int, remaining: Interval, random: Double
    ) -> Interval? {
        guard remaining > .zero, attempt < Self.attemptsMax else { return nil }
        var cost = 0.0
        let pause: Interval
        switch error.retryClass {
        case .never: return nil
        case .immediately: pause = attempt == 1 ? .zero : .milliseconds(Int64(attempt))
        case .backOff:
            cost = 1
            pause = BackOff.pause(failures: attempt, maximum: .seconds(5), random: random)
        case .afterDelay:
            pause = Interval(error.retryAfter ?? .zero)
        }
        guard pause < remaining, budget >= cost else { return nil }
        budget -= cost
        return pause
    }
}

/// The pause after a number of failures in a row: 100 ms × 1.6 for each, ± 20 %.
enum BackOff {
    private static let firstNanoseconds = 100_000_000.0
    private static let factor = 1.6

    /// - Parameter random: a number in 0..<1.
    static func pause(failures: Int, maximum: Interval, random: Double) -> Interval {
        var pause = firstNanoseconds
        for _ in stride(from: 1, to: min(failures, 32), by: 1) { pause *= factor }
        let most = Double(maximum.nanoseconds)
        let varied = min(min(pause, most) * (0.8 + 0.4 * random), most)
        return Interval(nanoseconds: Int64(exactly: varied.rounded(.down)) ?? maximum.nanoseconds)
    }
}
