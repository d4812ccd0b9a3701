/// The parts of a run, one after the other.
enum WorldPhase: UInt64 {
    /// Callers work, and nothing is broken.
    case warmUp
    /// Faults come.
    case chaos
    /// Every fault is over; whoever held something ends. Each lock is tried until it is granted.
    case healed
    /// Callers close what they have.
    case closing
    /// All leases and memories must be over when this ends.
    case retention
    case over
}
