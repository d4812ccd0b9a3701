package import HoldfastBase

/// What all connections of one server have in common: the limits in force and the HELLO they send.
package final class ServerProtocolSettings: Sendable {
    /// The minor versions of holdfast/1 this code speaks.
    package static let minorMin: UInt32 = 1
    package static let minorMax: UInt32 = 1

    package let limits: Limits
    package let hello: Hello
    /// Beyond this no further ITEM is queued on a connection.
    let itemsQueuedBytesMax: Int
    let cutter: FrameCutter
    let helloCutter: FrameCutter

    package init(
        limits: Limits, agent: String, nodeID: String, clusterID: String, incarnation: [UInt8]
    ) {
        self.limits = limits
        itemsQueuedBytesMax = min(64 << 10, limits.outboundHighBytes)
        var hello = Hello()
        hello.minMinor = Self.minorMin
        hello.maxMinor = Self.minorMax
        hello.agent = agent
        hello.nodeId = nodeID
        hello.clusterId = clusterID
        hello.incarnation = incarnation
        hello.maxRequestBytes = UInt32(clamping: limits.requestBytesMax)
        hello.maxResponseBytes = UInt32(clamping: limits.responseBytesMax)
        hello.maxConcurrentStreams = UInt32(clamping: limits.activeStreamsMax)
        hello.maxParkedStreams = UInt32(clamping: limits.parkedStreamsMax)
        hello.minPingIntervalMs = Self.milliseconds(limits.pingIntervalMin)
        hello.pingTimeoutMs = Self.milliseconds(limits.pingTimeout)
        hello.defaultTimeoutMs = Self.milliseconds(limits.callTimeoutDefault)
        hello.maxTimeoutMs = Self.milliseconds(limits.callTimeoutMax)
        self.hello = hello
        cutter = FrameCutter(
            frameBytesMax: limits.requestBytesMax, headBytesMax: limits.headBytesMax)
        helloCutter = FrameCutter(
            frameBytesMax: limits.bytesBeforeHelloMax - FrameHeader.bytes,
            headBytesMax: limits.headBytesMax)
    }

    private static func milliseconds(_ interval: Interval) -> UInt32 {
        UInt32(clamping: interval.millisecondsRoundedUp)
    }
}
