package import HoldfastBase

/// What one subscription at a node waits for and costs.
package struct SubscriberSettings: Hashable, Sendable {
    package var clientName = "holdfastd-wakes"
    /// The one channel.
    package var channel: [UInt8] = []
    /// Time until the transport is open. Longer: given up, tried again later.
    package var connectTimeout = Interval.seconds(3)
    /// Time for the handshake behind it. Longer: closed.
    package var handshakeTimeout = Interval.seconds(5)
    /// Silence after which the node is asked whether it is there.
    package var pingInterval = Interval.seconds(3)
    /// Time for its answer. Longer: closed.
    package var pingTimeout = Interval.seconds(3)
    /// Pause after the first failure to connect.
    package var pauseFirst = Interval.milliseconds(50)
    /// Longest pause.
    package var pauseMax = Interval.seconds(5)
    /// How long a subscription must have stood for its end to count as the first failure.
    package var steadyAfter = Interval.seconds(5)
    package var replies = ReplyLimits()

    package init() {}
}
