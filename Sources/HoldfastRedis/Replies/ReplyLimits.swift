/// How large a reply may be; a larger one is a violation.
package struct ReplyLimits: Hashable, Sendable {
    /// Arrays in arrays. hiredis itself stops at 7.
    package var depthMax = 6
    /// Bytes of one string.
    package var bulkBytesMax = 4 << 20
    /// Bytes of one line: a status, an error, a number.
    package var lineBytesMax = 64 << 10
    /// Elements of all arrays of one reply together.
    package var elementsMax = 64 << 10
    /// Bytes of all strings of one reply together.
    package var replyBytesMax = 8 << 20

    package init() {}
}
