import HoldfastBase

/// The clocks of one host: a continuous one, which runs a little fast or slow, and a wall clock, which
/// may be wrong and may be set.
struct HostClock {
    /// 2026; what matters is that it is large.
    static let epochMicroseconds: Int64 = 1_790_000_000_000_000

    /// What the continuous clock showed when the world began.
    var base: Int64 = 0
    /// How much faster it runs, in parts per million.
    var drift: Int64 = 0
    var wallOffsetMicroseconds: Int64 = 0

    private func elapsed(_ instant: Instant) -> Int64 {
        instant.nanoseconds + instant.nanoseconds / 1_000_000 * drift
    }

    /// What the continuous clock shows.
    func local(_ instant: Instant) -> Instant {
        Instant(nanoseconds: base + elapsed(instant))
    }

    /// When the continuous clock shows `local`, rounded up.
    func instant(ofLocal local: Instant) -> Instant {
        if local == .never { return .never }
        let length = local.nanoseconds - base
        var guess = Instant(nanoseconds: length - length / 1_000_000 * drift)
        while self.local(guess) < local { guess = guess + Interval.microseconds(1) }
        return guess
    }

    func wallMicroseconds(_ instant: Instant) -> UInt64 {
        UInt64(
            clamping: Self.epochMicroseconds + elapsed(instant) / 1000 + wallOffsetMicroseconds)
    }
}
