#if HOLDFAST_PLANTS
    internal import HoldfastBase
#endif
/// Proposes fences and tickets: microseconds of wall-clock time, never the same twice, never behind
/// what was seen from others.
///
/// It makes servers and nodes agree on a fence in one round nearly always. Nothing is wrong when
/// its clock is: a node takes the larger of what is proposed and what it knows.
package struct HybridClock: Sendable {
    private var last: UInt64 = 0

    package init() {}

    /// The next number, at `wallMicroseconds` or later.
    package mutating func next(wallMicroseconds: UInt64) -> UInt64 {
        last = max(last &+ 1, wallMicroseconds)
        return last
    }

    /// A node found the last number too far ahead of its own clock. Where that is so because this
    /// server's wall clock was ahead for a while, the wall clock is right again now; without this no
    /// grant could be made until it has caught up.
    package mutating func refused(wallMicroseconds: UInt64) {
        #if HOLDFAST_PLANTS
            if Plant.clockStuck.isActive { return }
        #endif
        last = min(last, wallMicroseconds)
    }

    /// Moves on past what another has given out.
    package mutating func observe(_ value: UInt64) {
        last = max(last, value)
    }
}
