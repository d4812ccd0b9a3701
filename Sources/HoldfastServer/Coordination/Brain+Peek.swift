internal import HoldfastBase
internal import HoldfastCoordination

// Questions that the driver asks after every turn. Asked through a pointer, the compiler copies the
// whole value first, with all its tables' reference counts; asked from inside a mutating method it has
// the value to itself and does not.

extension Brain {
    /// What the driver has to know when the brain has said what it wants.
    @inline(never)
    mutating func peek() -> (due: Instant, hasQuorum: Bool) {
        (nextDue, cluster.hasQuorum)
    }

    @inline(never)
    mutating func peekDue() -> Instant { nextDue }

    @inline(never)
    mutating func peekIdle() -> Bool { actions.isEmpty }
}

extension MemoryNode {
    @inline(never)
    mutating func peekWakes() -> Bool { hasWakes }
}
