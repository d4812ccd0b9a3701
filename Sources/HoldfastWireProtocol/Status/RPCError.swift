/// Why a call did not succeed: what a handler throws and what a caller catches.
///
/// The description names code, reason and message; messages are written by the server for
/// developers and hold no keys, tokens or values.
public struct RPCError: Error, Hashable, Sendable {
    /// What kind of failure.
    public var code: RPCCode
    /// For a developer to read: what was wrong and what would be right.
    public var message: String
    /// For a program: UPPER_SNAKE_CASE, from google.rpc.ErrorInfo; empty when none was given.
    public var reason: String
    /// Names and values that go with the reason.
    public var metadata: [String: String]
    /// Which fields of the request are wrong, from google.rpc.BadRequest.
    public var violations: [Violation]
    /// When a repeat makes sense, if the answer says so; negative means never.
    public var retryAfter: Duration?
    /// The handler never started: safe to repeat anywhere.
    public var isNotProcessed: Bool

    /// One wrong field.
    public struct Violation: Hashable, Sendable {
        /// The path of the field.
        public var field: String
        /// What is wrong with it.
        public var description: String

        /// A field and what is wrong with it.
        public init(field: String, description: String) {
            self.field = field
            self.description = description
        }
    }

    /// An error with `code` and what else is known.
    public init(
        _ code: RPCCode, _ message: String, reason: String = "", metadata: [String: String] = [:],
        violations: [Violation] = [], retryAfter: Duration? = nil, isNotProcessed: Bool = false
    ) {
        self.code = code
        self.message = message
        self.reason = reason
        self.metadata = metadata
        self.violations = violations
        self.retryAfter = retryAfter
        self.isNotProcessed = isNotProcessed
    }

    /// Whether the call may be made again.
    public var retryClass: RetryClass {
        if let retryAfter, retryAfter < .zero { return .never }
        if isNotProcessed { return .immediately }
        switch code {
        case .unavailable: return retryAfter == nil ? .backOff : .afterDelay
        case .resourceExhausted: return retryAfter == nil ? .never : .afterDelay
        default: return .never
        }
    }
}

extension RPCError: CustomStringConvertible {
    /// "UNAVAILABLE (DRAINING): the server is stopping".
    public var description: String {
        let why = reason.isEmpty ? "" : " (\(reason))"
        let fields = violations.map { "; \($0.field): \($0.description)" }.joined()
        return "\(code.name)\(why): \(message)\(fields)"
    }
}
