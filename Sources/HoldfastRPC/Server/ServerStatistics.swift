internal import HoldfastBase
package import HoldfastRuntime
internal import HoldfastWireProtocol

/// What one loop has counted: plain integers, written by the loop alone and copied out on request,
/// so that counting costs an addition and no atomic.
package struct ServerStatistics: Sendable {
    package static let codes = 17
    /// Upper bounds of the latency buckets in microseconds; one more bucket takes the rest.
    package static let latencyBoundsMicroseconds: [Int64] = [
        50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
        1_000_000, 5_000_000,
    ]

    package var accepted: UInt64 = 0
    package var handshakesCompleted: UInt64 = 0
    package var bytesIn: UInt64 = 0
    package var bytesOut: UInt64 = 0
    package var itemsSent: UInt64 = 0
    /// Answers to held calls, and elements, that found nobody any more.
    package var answersDropped: UInt64 = 0
    package var framesIn: UInt64 = 0
    package var acceptPauses: UInt64 = 0
    /// By reason.
    package var handshakeFailures: [String: UInt64] = [:]
    package var admissionRefusals: [String: UInt64] = [:]
    package var connectionEnds: [String: UInt64] = [:]
    /// By method and code: `method * codes + code`; the last row is calls of unknown methods.
    package var calls: [UInt64]
    /// By method and bucket, async calls only: a plain call is answered in the tick that read it.
    package var latencies: [UInt64]
    package var latencySumsNanoseconds: [UInt64]

    // Levels at the time of the copy.
    package var connectionsOpen = 0
    package var handshakesInFlight = 0
    package var activeStreams = 0
    package var parkedStreams = 0
    package var tickLengths = TickLengths()

    package init(methods: Int) {
        calls = Array(repeating: 0, count: (methods + 1) * Self.codes)
        latencies = Array(
            repeating: 0, count: methods * (Self.latencyBoundsMicroseconds.count + 1))
        latencySumsNanoseconds = Array(repeating: 0, count: methods)
    }

    @inline(__always)
    mutating func countCall(method: Int, code: UInt32) {
        calls[method * Self.codes + min(Int(code), Self.codes - 1)] &+= 1
    }

    mutating func countEnd(method: Int, code: UInt32, after interval: Interval) {
        countCall(method: method, code: code)
        countLatency(method: method, interval)
    }

    mutating func countLatency(method: Int, _ interval: Interval) {
        let microseconds = interval.microseconds
        var bucket = 0
        while bucket < Self.latencyBoundsMicroseconds.count,
            microseconds > Self.latencyBoundsMicroseconds[bucket]
        {
            bucket += 1
        }
        latencies[method * (Self.latencyBoundsMicroseconds.count + 1) + bucket] &+= 1
        latencySumsNanoseconds[method] &+= UInt64(max(0, interval.nanoseconds))
    }

    /// UPPER_SNAKE_CASE name of a code.
    package static func codeName(_ code: Int) -> String {
        RPCCode(rawValue: UInt32(code))?.name ?? "UNKNOWN"
    }

    package var callsTotal: UInt64 { calls.reduce(0, &+) }

    /// Adds what another loop has counted.
    package mutating func add(_ other: ServerStatistics) {
        accepted &+= other.accepted
        handshakesCompleted &+= other.handshakesCompleted
        bytesIn &+= other.bytesIn
        bytesOut &+= other.bytesOut
        itemsSent &+= other.itemsSent
        answersDropped &+= other.answersDropped
        framesIn &+= other.framesIn
        acceptPauses &+= other.acceptPauses
        handshakeFailures.merge(other.handshakeFailures, uniquingKeysWith: &+)
        admissionRefusals.merge(other.admissionRefusals, uniquingKeysWith: &+)
        connectionEnds.merge(other.connectionEnds, uniquingKeysWith: &+)
        for index in calls.indices { calls[index] &+= other.calls[index] }
        for index in latencies.indices { latencies[index] &+= other.latencies[index] }
        for index in latencySumsNanoseconds.indices {
            latencySumsNanoseconds[index] &+= other.latencySumsNanoseconds[index]
        }
        connectionsOpen += other.connectionsOpen
        handshakesInFlight += other.handshakesInFlight
        activeStreams += other.activeStreams
        parkedStreams += other.parkedStreams
        tickLengths.add(other.tickLengths)
    }
}
