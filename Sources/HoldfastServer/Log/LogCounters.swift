/// What became of log lines since the start.
package struct LogCounters: Hashable, Sendable {
    /// Lines given to the sink's buffer.
    package var written: UInt64 = 0
    /// Lines over the rate of their message.
    package var suppressed: UInt64 = 0
    /// Lines lost because the sink took nothing for long, or is broken.
    package var dropped: UInt64 = 0
    /// Audit lines lost, for whatever reason.
    package var auditDropped: UInt64 = 0
}
