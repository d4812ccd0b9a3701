/// What a caller can do, in the words of the policy file.
///
/// The list is closed: a new operation adds its verb here, and every exhaustive `switch` that must
/// know it stops compiling until it does.
package enum Verb: String, CaseIterable, Sendable {
    /// Calls of the echo service.
    case echoCall = "echo.call"
    /// Checks and watches of health.
    case healthRead = "health.read"
    /// Looking at the server: its state, limits, connections and calls.
    case adminInspect = "admin.inspect"
    /// Draining the server.
    case adminDrain = "admin.drain"
    /// Reloading certificates, policy and settings.
    case adminReload = "admin.reload"
    /// Changing the level of the log.
    case adminLog = "admin.log"

    /// Whether the verb is used on keys; the others have the empty key.
    package var hasKey: Bool {
        switch self {
        case .echoCall, .healthRead, .adminInspect, .adminDrain, .adminReload, .adminLog: false
        }
    }

    /// Whether every use of it is written to the audit log.
    package var isAudited: Bool {
        switch self {
        case .adminInspect, .adminDrain, .adminReload, .adminLog: true
        case .echoCall, .healthRead: false
        }
    }
}
