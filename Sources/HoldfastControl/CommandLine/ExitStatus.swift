package import HoldfastWire

/// What the program ends with; scripts rely on these numbers, so a number never changes its meaning.
package enum ExitStatus: Int32, Hashable, Sendable, CaseIterable {
    case ok = 0
    case failure = 1
    case usage = 2
    case notInTime = 3
    case lost = 4
    case unavailable = 5
    case denied = 6
    case precondition = 7
    case interrupted = 130

    /// The status for a call that failed.
    package init(_ error: RPCError) {
        switch error.code {
        case .invalidArgument, .outOfRange: self = .usage
        case .deadlineExceeded: self = .notInTime
        case .unavailable: self = .unavailable
        case .permissionDenied, .unauthenticated: self = .denied
        case .failedPrecondition, .aborted: self = .precondition
        default: self = .failure
        }
    }

    /// What it means, for the help.
    package var meaning: String {
        switch self {
        case .ok: "done; what was asked for is so"
        case .failure: "any other failure"
        case .usage: "wrong usage, or the server found the request invalid"
        case .notInTime: "not acquired, or no answer in time"
        case .lost: "what was held is lost"
        case .unavailable: "no server can be reached, or it does not serve"
        case .denied: "who you are is not accepted, or may not do this"
        case .precondition: "a precondition does not hold"
        case .interrupted: "interrupted before it was done (Ctrl-C, SIGTERM)"
        }
    }

    /// The table at the end of the help.
    package static var table: String {
        let rows = allCases.map { status in
            let number = String(status.rawValue)
            return "  " + number + String(repeating: " ", count: 5 - number.count) + status.meaning
        }
        return (["Exit status:"] + rows).joined(separator: "\n")
    }
}
