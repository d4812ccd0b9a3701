internal import HoldfastBase
internal import HoldfastCoordination

/// What time it is for the brain and the node in memory.
///
/// The wall is read once, when the server starts; from then on both clocks go on by the clock that
/// counts suspend, so that a step of the wall clock changes nothing. A manual clock goes only when it
/// is told to, for tests that must be exact.
struct DriverClock {
    private let isManual: Bool
    private let wallMicroseconds: UInt64
    private let started: Instant
    private var manual: Instant

    init(isManual: Bool, wallNanoseconds: Int64, now: Instant) {
        self.isManual = isManual
        wallMicroseconds = UInt64(clamping: wallNanoseconds / 1000)
        started = now
        manual = now
    }

    /// The time in a tick of the loop that began at `now`.
    func moment(_ now: Instant) -> Moment {
        let instant = isManual ? manual : now
        return Moment(
            instant: instant,
            wallMicroseconds: wallMicroseconds &+ UInt64((instant - started).microseconds))
    }

    /// Since the start.
    func elapsed(_ now: Instant) -> Interval { moment(now).instant - started }

    /// Has a manual clock go on to `instant`.
    mutating func advance(to instant: Instant) {
        manual = max(manual, instant)
    }
}
