public import HoldfastWire

/// Why the client could not do what it was asked, apart from a lock that is not to be had
/// (`NotAcquired`, `TimedOut`) or was lost (`LockLost`).
public struct HoldfastError: Error, Sendable {
    /// What kind of failure.
    @nonexhaustive
    public enum Code: String, Hashable, Sendable {
        /// The program asks for something that can never be: an option, a name, a setting.
        case configuration
        /// Not possible in the state that something is in: closed, stopped, not held.
        case state
        /// No server, or not enough nodes, could be reached.
        case unavailable
        /// What was named does not exist.
        case notFound
        /// Who the caller is, or what it wants to do, is not accepted.
        case denied
        /// A bound was reached.
        case exhausted
        /// A server or the client broke its own rules.
        case `internal`
    }

    /// How much it matters.
    public enum Severity: Int, Comparable, Sendable {
        /// May pass by itself.
        case warning
        /// This request failed.
        case error
        /// Every request like it will fail until somebody changes something.
        case fatal

        /// Less severe comes first.
        public static func < (left: Severity, right: Severity) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    /// What kind of failure.
    public var code: Code
    /// What was wrong, and what would be right.
    public var message: String
    /// How much it matters.
    public var severity: Severity
    /// Facts that go with it, for logs.
    public var context: [String: String]
    /// What is behind it.
    public var cause: (any Error)?
    /// Whether the same may be asked again.
    public var retryClass: RetryClass

    /// An error.
    public init(
        _ code: Code, _ message: String, severity: Severity = .error,
        context: [String: String] = [:], cause: (any Error)? = nil,
        retryClass: RetryClass = .never
    ) {
        self.code = code
        self.message = message
        self.severity = severity
        self.context = context
        self.cause = cause
        self.retryClass = retryClass
    }
}

extension HoldfastError {
    /// The program asks for something that can never be.
    public static func configuration(
        _ message: String, context: [String: String] = [:], cause: (any Error)? = nil
    ) -> HoldfastError {
        HoldfastError(
            .configuration, message, severity: .fatal, context: context, cause: cause)
    }

    /// Not possible in the state that something is in.
    public static func state(
        _ message: String, context: [String: String] = [:]
    ) -> HoldfastError {
        HoldfastError(.state, message, context: context)
    }

    /// No server, or not enough nodes, could be reached.
    public static func unavailable(
        _ message: String, context: [String: String] = [:], cause: (any Error)? = nil
    ) -> HoldfastError {
        HoldfastError(
            .unavailable, message, severity: .warning, context: context, cause: cause,
            retryClass: .backOff)
    }

    /// What was named does not exist.
    public static func notFound(
        _ message: String, context: [String: String] = [:]
    ) -> HoldfastError {
        HoldfastError(.notFound, message, context: context)
    }

    /// What a server, or the connection to it, answered.
    public init(_ error: RPCError) {
        let code: Code
        var severity = Severity.error
        switch error.code {
        case .invalidArgument, .outOfRange, .unimplemented:
            (code, severity) = (.configuration, .fatal)
        case .permissionDenied, .unauthenticated: (code, severity) = (.denied, .fatal)
        case .unavailable, .deadlineExceeded, .unknown:
            (code, severity) = (.unavailable, .warning)
        case .resourceExhausted: (code, severity) = (.exhausted, .warning)
        case .notFound: code = .notFound
        case .failedPrecondition, .aborted, .alreadyExists, .cancelled: code = .state
        default: code = .internal
        }
        var context = error.metadata
        if !error.reason.isEmpty { context["reason"] = error.reason }
        let fields = error.violations.map { "; \($0.field): \($0.description)" }.joined()
        let retryClass: RetryClass = code == .unavailable ? .backOff : error.retryClass
        self.init(
            code, error.message + fields, severity: severity, context: context, cause: error,
            retryClass: retryClass)
    }
}

extension HoldfastError: CustomStringConvertible {
    /// "unavailable (NO_QUORUM): 1 of 3 nodes vote".
    public var description: String {
        let why = context["reason"].map { " (\($0))" } ?? ""
        return "\(code.rawValue)\(why): \(message)"
    }
}
