/// The outcome of a call, with the numbers of google.rpc.Code.
///
/// Each code states its retry class, because for coordination that is the question callers have.
@nonexhaustive
public enum RPCCode: UInt32, Sendable, CaseIterable {
    /// The call did what it was asked.
    case ok = 0
    /// The caller cancelled it. Retry: never.
    case cancelled = 1
    /// The other end used a code this version does not know. Retry: with the same request id only.
    case unknown = 2
    /// The request can never succeed as it is. Retry: never.
    case invalidArgument = 3
    /// The deadline passed; the call may have taken effect. Retry: never by itself.
    case deadlineExceeded = 4
    /// What the request names does not exist. Retry: never.
    case notFound = 5
    /// What the request would make exists. Retry: never.
    case alreadyExists = 6
    /// The policy does not allow it. Retry: never.
    case permissionDenied = 7
    /// A limit was reached. Retry: after the delay the answer names, if it names one.
    case resourceExhausted = 8
    /// The state is not one in which this can be done. Retry: never by itself.
    case failedPrecondition = 9
    /// A conflict with another call. Retry: after reading again.
    case aborted = 10
    /// Past the valid range. Retry: never.
    case outOfRange = 11
    /// The server does not know the method. Retry: never.
    case unimplemented = 12
    /// The server broke. Retry: with the same request id only.
    case `internal` = 13
    /// No server, or not enough nodes, can be reached. Retry: safe with the same request id.
    case unavailable = 14
    /// Data was lost beyond repair. Retry: never.
    case dataLoss = 15
    /// The server does not accept who the caller is. Retry: never.
    case unauthenticated = 16

    /// UPPER_SNAKE_CASE, as google.rpc.Code names it.
    public var name: String {
        switch self {
        case .ok: "OK"
        case .cancelled: "CANCELLED"
        case .unknown: "UNKNOWN"
        case .invalidArgument: "INVALID_ARGUMENT"
        case .deadlineExceeded: "DEADLINE_EXCEEDED"
        case .notFound: "NOT_FOUND"
        case .alreadyExists: "ALREADY_EXISTS"
        case .permissionDenied: "PERMISSION_DENIED"
        case .resourceExhausted: "RESOURCE_EXHAUSTED"
        case .failedPrecondition: "FAILED_PRECONDITION"
        case .aborted: "ABORTED"
        case .outOfRange: "OUT_OF_RANGE"
        case .unimplemented: "UNIMPLEMENTED"
        case .internal: "INTERNAL"
        case .unavailable: "UNAVAILABLE"
        case .dataLoss: "DATA_LOSS"
        case .unauthenticated: "UNAUTHENTICATED"
        }
    }
}

/// Whether a failed call may be made again.
@nonexhaustive
public enum RetryClass: String, Sendable {
    /// It never began: again at once, at any server.
    case immediately
    /// Again after a pause, with the same request id.
    case backOff
    /// Again after the time the answer names.
    case afterDelay
    /// Not by the library: the caller has to decide.
    case never
}
