import HoldfastBase

/// The holds that a sweep over one lock has started and not yet seen ending.
///
/// Bounded, so that a history in which everything is wrong takes no longer than one in which nothing
/// is: the holds that end last are kept. A dropped one that overlaps has others beside it that do.
struct ActiveHolds {
    private static let countMax = 64

    private var holds: [(end: Instant, life: Int)] = []

    /// Those that last beyond `instant`; the others are forgotten.
    mutating func standing(at instant: Instant) -> [Int] {
        holds.removeAll { $0.end <= instant }
        return holds.map(\.life)
    }

    mutating func add(_ life: Int, until end: Instant) {
        if holds.count < Self.countMax {
            holds.append((end, life))
            return
        }
        guard let first = holds.indices.min(by: { holds[$0].end < holds[$1].end }),
            holds[first].end < end
        else { return }
        holds[first] = (end, life)
    }
}
