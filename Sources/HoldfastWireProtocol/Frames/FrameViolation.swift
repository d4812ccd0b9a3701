/// How a peer broke the protocol. It ends that one connection with a GOAWAY that says so; the case
/// name is the reason in metrics.
package enum FrameViolation: String, Error, Sendable, CaseIterable {
    case notThisProtocol = "not_this_protocol"
    case frameTooLarge = "frame_too_large"
    case headTooLarge = "head_too_large"
    case headLongerThanFrame = "head_longer_than_frame"
    case reservedFlags = "reserved_flags"
    case unknownFrameMustUnderstand = "unknown_frame_must_understand"
    case helloExpected = "hello_expected"
    case helloTooLarge = "hello_too_large"
    case secondHello = "second_hello"
    case badHello = "bad_hello"
    case agentTooLong = "agent_too_long"
    case versionUnsupported = "version_unsupported"
    case streamNotOdd = "stream_not_odd"
    case streamNotIncreasing = "stream_not_increasing"
    case streamNeverOpened = "stream_never_opened"
    case streamOnConnectionFrame = "stream_on_connection_frame"
    case wrongDirection = "wrong_direction"
    case badHead = "bad_head"
    case badControlBody = "bad_control_body"
    case unexpectedAcknowledge = "unexpected_acknowledge"
    case itemWithoutCredit = "item_without_credit"

    /// What happened and what would be right, for the GOAWAY and the log.
    package var explanation: String {
        switch self {
        case .notThisProtocol:
            "the first byte of a frame must be 0; this port speaks holdfast/1 (frames over TLS)"
        case .frameTooLarge: "the frame is larger than this side said it takes"
        case .headTooLarge: "the HEAD is larger than 8 KiB or the limit in force"
        case .headLongerThanFrame: "HEAD_LEN is greater than LENGTH"
        case .reservedFlags: "a reserved flag is set"
        case .unknownFrameMustUnderstand: "unknown frame type with the flag MUST_UNDERSTAND"
        case .helloExpected: "the first frame must be HELLO"
        case .helloTooLarge: "more than 4 KiB before the HELLO was complete"
        case .secondHello: "HELLO may be sent once"
        case .badHello: "the HELLO cannot be decoded"
        case .agentTooLong: "the agent in the HELLO is longer than 256 bytes or the limit in force"
        case .versionUnsupported: "no common minor version of holdfast/1"
        case .streamNotOdd: "streams opened by a client have odd numbers"
        case .streamNotIncreasing: "stream numbers must increase"
        case .streamNeverOpened: "a frame for a stream that was never opened"
        case .streamOnConnectionFrame: "this frame type belongs to stream 0"
        case .wrongDirection: "this frame type is not sent in this direction"
        case .badHead: "the HEAD cannot be decoded"
        case .badControlBody: "the body of a control frame has the wrong size or content"
        case .unexpectedAcknowledge: "flag ACK on a frame other than PING"
        case .itemWithoutCredit: "an ITEM beyond the credit that was given"
        }
    }

    /// The code of the GOAWAY that ends the connection.
    package var goAwayCode: GoAwayCode {
        switch self {
        case .frameTooLarge, .headTooLarge, .helloTooLarge: .frameTooLarge
        case .versionUnsupported: .versionUnsupported
        default: .protocolError
        }
    }
}
