/// What came from a node that is no reply: the connection is closed, for nothing behind it can be
/// matched to a command any more.
package enum ReplyViolation: Error, Hashable, Sendable {
    /// Not the protocol.
    case malformed
    /// Arrays in arrays beyond the bound.
    case tooDeep
    /// A string or line longer than its bound.
    case tooLong
    /// More elements than the bound.
    case tooManyElements
    /// A reply to nothing.
    case unsolicited
    /// A reply of a kind that its command never has.
    case unexpected

    /// For people.
    package var explanation: String {
        switch self {
        case .malformed: "bytes that are not the Redis protocol"
        case .tooDeep: "a reply with arrays nested too deeply"
        case .tooLong: "a reply that is too long"
        case .tooManyElements: "a reply with too many elements"
        case .unsolicited: "a reply to nothing"
        case .unexpected: "a reply of the wrong kind"
        }
    }
}
