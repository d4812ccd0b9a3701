package import HoldfastNode

extension NodeFailure {
    /// What a failure of a node's connection, or an error it answered, is to coordination.
    ///
    /// Redis refuses for reasons of its own before a script begins, because the scripts have a
    /// first line that says what they need. An error out of a running script is a defect, here or
    /// in the data, and nobody knows how far it got; those of ours begin with HOLDFAST and are
    /// answered before anything is written.
    package init(_ failure: RedisFailure) {
        switch failure {
        case .notSent: self = .notSent
        case .unknownOutcome: self = .unknownOutcome
        case .protocolViolation: self = .malformed("bytes that are no Redis reply")
        case .readOnly: self = .refusedByNode("it is a replica")
        case .loading: self = .refusedByNode("it is loading its data")
        case .masterDown: self = .refusedByNode("it is a replica without its master")
        case .misconfigured: self = .refusedByNode("it cannot save its data")
        case .outOfMemory: self = .refusedByNode("its memory is full")
        case .busy: self = .refusedByNode("it is busy with a script")
        case .maxClients: self = .refusedByNode("it has too many connections")
        case .notAuthenticated: self = .refusedByNode("it wants authentication")
        case .noPermission: self = .refusedByNode("its access rules forbid the script")
        case .wrongPassword: self = .refusedByNode("user or password is wrong")
        case .scriptError(let text):
            let isOurs = text.hasPrefix("HOLDFAST ")
            self = isOurs ? .refusedByNode(String(text.dropFirst(9))) : .unknownOutcome
        }
    }
}
