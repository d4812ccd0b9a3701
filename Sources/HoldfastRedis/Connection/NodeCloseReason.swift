/// Why a connection to a node has ended, or could not be made.
package enum NodeCloseReason: Hashable, Sendable {
    /// The transport could not be opened, in the words of the system or of TLS.
    case notConnected(String)
    /// The transport broke.
    case broken(String)
    /// The node closed the connection.
    case closedByNode
    /// The transport was not open in time.
    case connectTimeout
    /// The transport is open, but the handshake was not over in time.
    case handshakeTimeout
    /// The node refused a step of the handshake.
    case refused(RedisFailure)
    /// The node said, later, that this connection is not authenticated: a new one will be.
    case unauthenticated
    /// The node sent something that is no reply.
    case violation(ReplyViolation)
    /// Commands wait, and nothing has been answered for long.
    case silent
    /// As many commands as are admitted have been given up without an answer.
    case tooManyGivenUp
    /// We do not want it any more.
    case stopped

    /// For people.
    package var explanation: String {
        switch self {
        case .notConnected(let text): "cannot connect: \(text)"
        case .broken(let text): "the connection broke: \(text)"
        case .closedByNode: "the node closed the connection"
        case .connectTimeout: "no connection in time"
        case .handshakeTimeout: "the node did not answer the handshake in time"
        case .refused(let failure): "the node refused the handshake: \(failure)"
        case .unauthenticated: "the node no longer accepts our credentials"
        case .violation(let violation): "the node sent \(violation.explanation)"
        case .silent: "the node stopped answering"
        case .tooManyGivenUp: "too many commands are without an answer"
        case .stopped: "the connection is not wanted any more"
        }
    }
}
