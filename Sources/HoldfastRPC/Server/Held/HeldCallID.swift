internal import HoldfastRuntime

/// Names a held call: two words without meaning to anybody but the server, for machines to keep and
/// to compare. No two calls of a process have the same, and a name outlives its call and its
/// connection without harm: it then names nobody.
package struct HeldCallID: Hashable, Sendable {
    /// The session on its loop.
    package let high: UInt64
    /// The loop and the stream, whose numbers a connection uses once.
    package let low: UInt64

    /// The name of these words, as another has given them.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    init(desk: UInt32, session: LoopToken, stream: UInt32) {
        high = session.number
        low = UInt64(desk) << 32 | UInt64(stream)
    }

    var session: LoopToken { LoopToken(number: high) }
    var stream: UInt32 { UInt32(truncatingIfNeeded: low) }

    package static func == (left: HeldCallID, right: HeldCallID) -> Bool {
        left.high == right.high && left.low == right.low
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(high)
        hasher.combine(low)
    }
}
