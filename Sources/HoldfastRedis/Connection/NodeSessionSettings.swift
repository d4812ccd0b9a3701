package import HoldfastBase

/// What one connection to a node may cost and how long it waits.
package struct NodeSessionSettings: Hashable, Sendable {
    /// Name of the connection in the node's lists: no blanks.
    package var clientName = "holdfastd"
    package var database = 0
    /// The key that is read with the facts; empty reads none.
    package var gateKey: [UInt8] = []
    /// Time until the transport is open. Longer: given up, tried again later.
    package var connectTimeout = Interval.seconds(3)
    /// Time for the handshake behind it. Longer: closed.
    package var handshakeTimeout = Interval.seconds(5)
    /// Time without any answer while commands wait. Longer: closed.
    package var silenceMax = Interval.seconds(5)
    /// Silence after which an idle connection is tried with PING; zero is never.
    package var pingInterval = Interval.seconds(5)
    /// Most commands without an answer. More: not sent.
    package var commandsMax = 8192
    /// Most bytes of them. More: not sent.
    package var commandBytesMax = 8 << 20
    /// Most commands that were given up and may still be answered. More: closed.
    package var givenUpMax = 4096
    /// Pause after the first failure to connect.
    package var pauseFirst = Interval.milliseconds(50)
    /// Longest pause.
    package var pauseMax = Interval.seconds(5)
    /// How long a connection must have been ready for its end to count as the first failure.
    package var steadyAfter = Interval.seconds(5)
    package var replies = ReplyLimits()

    package init() {}
}
