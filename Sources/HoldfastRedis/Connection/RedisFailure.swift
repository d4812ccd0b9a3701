/// Why a command has no value: every way in which a node, or the way to it, can fail.
///
/// The first word of an error is its class; what follows is for people and changes between versions.
package enum RedisFailure: Error, Hashable, Sendable {
    /// Nothing of the command has left this process, and nothing will.
    case notSent
    /// It left, and there was no answer in time, or the connection ended.
    case unknownOutcome
    /// The node follows another and takes no writes.
    case readOnly
    /// The node reads its data from disk.
    case loading
    /// The node follows another that it cannot reach.
    case masterDown
    /// The node cannot write its data to disk, or has too few replicas, and refuses writes.
    case misconfigured
    /// The node's memory is full; nothing was written.
    case outOfMemory
    /// A script of somebody's has been running for long.
    case busy
    /// The node has as many connections as it takes.
    case maxClients
    /// The connection is not, or no longer, authenticated.
    case notAuthenticated
    /// The access rules of the node forbid the command, or one in the script: what the script did
    /// before that one is done.
    case noPermission
    /// User or password is wrong.
    case wrongPassword
    /// The node sent something that is no reply; the connection was closed.
    case protocolViolation
    /// Any other error: the script's own, or one in it. At most `textBytesMax` bytes of the text.
    case scriptError(String)

    /// Most bytes of an error's text that are kept.
    package static let textBytesMax = 256

    /// Whether the command may have been carried out, in full or in part. Redis checks memory, role
    /// and disk before the first write of a script, and not again behind it.
    package var mayHaveRun: Bool {
        switch self {
        case .unknownOutcome, .protocolViolation, .scriptError, .noPermission: true
        case .notSent, .readOnly, .loading, .masterDown, .misconfigured, .outOfMemory, .busy,
            .maxClients, .notAuthenticated, .wrongPassword:
            false
        }
    }

    /// What the text of an error reply means.
    package init(error: [UInt8]) {
        switch String(decoding: error.prefix { $0 != 0x20 }.prefix(16), as: UTF8.self) {
        case "READONLY": self = .readOnly
        case "LOADING": self = .loading
        case "MASTERDOWN": self = .masterDown
        case "MISCONF", "NOREPLICAS": self = .misconfigured
        case "OOM": self = .outOfMemory
        case "BUSY", "UNKILLABLE": self = .busy
        case "NOAUTH": self = .notAuthenticated
        case "NOPERM": self = .noPermission
        case "WRONGPASS": self = .wrongPassword
        default: self = Self.plain(error)
        }
    }

    /// Errors whose class is no word of its own.
    private static func plain(_ error: [UInt8]) -> RedisFailure {
        let text = String(decoding: error.prefix(textBytesMax), as: UTF8.self)
        if text.hasPrefix("ERR max number of clients") { return .maxClients }
        if text.hasPrefix("ERR The user executing the script") { return .noPermission }
        return .scriptError(text)
    }

    /// Whether an error says that the node does not have the script.
    static func isMissingScript(_ error: [UInt8]) -> Bool {
        error.starts(with: "NOSCRIPT".utf8)
    }
}
