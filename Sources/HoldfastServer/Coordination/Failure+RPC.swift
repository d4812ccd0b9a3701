internal import HoldfastCoordination
internal import HoldfastWire

extension Failure {
    /// The failure as a caller gets it: a code by which it is known whether to try again, a reason for
    /// programs, and a message that says what to do.
    var rpcError: RPCError {
        var metadata: [String: String] = [:]
        for problem in nodes { metadata["node_\(problem.node)"] = problem.reason }
        let (code, reason, advice) = answer
        let blamed = nodes.map { "node \($0.node): \($0.reason)" }.joined(separator: "; ")
        let what = blamed.isEmpty ? message : "\(message) (\(blamed))"
        let text = advice.isEmpty ? what : "\(what): \(advice)"
        return RPCError(code, text, reason: reason, metadata: metadata)
    }

    private var answer: (RPCCode, reason: String, advice: String) {
        switch code {
        case .unavailable:
            (.unavailable, "NO_QUORUM", "nothing was done; try again")
        case .unknown:
            (
                .unavailable, "OUTCOME_UNKNOWN",
                "it may have been done; send the same request again"
            )
        case .noSession: (.failedPrecondition, "LOCK_NO_SESSION", "")
        case .notOwner: (.failedPrecondition, "LOCK_NOT_OWNER", "acquire again")
        case .full: (.resourceExhausted, "LOCK_FULL", "")
        case .clockSkew:
            (.unavailable, "CLOCK_SKEW", "set the clocks of servers and nodes by NTP")
        case .buried: (.aborted, "LOCK_BURIED", "")
        case .tooWeak: (.failedPrecondition, "STRENGTH_NOT_REACHED", "ask for less, or wait")
        case .conflict: (.aborted, "CONFLICT", "")
        case .cancelled: (.cancelled, "SUPERSEDED", "")
        case .overloaded: (.resourceExhausted, "OVERLOADED", "try again later")
        }
    }
}
