package import HoldfastBase

/// What all connections of one client have in common.
package final class ClientProtocolSettings: Sendable {
    package let limits: Limits
    package let agent: String
    /// First stream number; only tests that come near the last one begin elsewhere.
    package let firstStream: UInt32
    /// Quiet time after which a PING is sent while calls are open.
    package let pingInterval: Interval
    /// The same while nothing is open.
    package let pingIntervalIdle: Interval
    let cutter: FrameCutter

    package init(
        limits: Limits = Limits(), agent: String, firstStream: UInt32 = 1,
        pingInterval: Interval = .seconds(10), pingIntervalIdle: Interval = .seconds(60)
    ) {
        self.limits = limits
        self.agent = agent
        self.firstStream = firstStream | 1
        self.pingInterval = pingInterval
        self.pingIntervalIdle = pingIntervalIdle
        cutter = FrameCutter(
            frameBytesMax: limits.responseBytesMax, headBytesMax: limits.headBytesMax)
    }

    var hello: Hello {
        var hello = Hello()
        hello.minMinor = ServerProtocolSettings.minorMin
        hello.maxMinor = ServerProtocolSettings.minorMax
        hello.agent = agent
        hello.maxResponseBytes = UInt32(clamping: limits.responseBytesMax)
        hello.maxRequestBytes = UInt32(clamping: limits.requestBytesMax)
        return hello
    }
}
