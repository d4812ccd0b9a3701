import HoldfastBase

/// A host whose processes stand still: what reaches it meanwhile waits, in order, and comes all at once
/// when it wakes.
struct HostSleep {
    private(set) var until = Instant.zero
    private(set) var waiting: [WorldEvent] = []

    /// Longer, if it sleeps already.
    mutating func extend(to instant: Instant) { until = max(until, instant) }

    mutating func add(_ event: WorldEvent) { waiting.append(event) }

    mutating func takeWaiting() -> [WorldEvent] {
        defer { waiting = [] }
        return waiting
    }
}

enum HostPlace {
    case server(Int)
    case node(Int)
    case client(Int)
}
