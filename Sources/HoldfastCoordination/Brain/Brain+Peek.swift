package import HoldfastBase

// Questions that the driver asks after every turn. Asked through a pointer from another module, the
// compiler copies the whole value first, with all its tables' reference counts; asked from inside a
// mutating method of this one it has the value to itself and does not.

extension Brain {
    /// What the driver has to know when the brain has said what it wants.
    @inline(never)
    package mutating func peek() -> (due: Instant, hasQuorum: Bool) {
        (timers.next, cluster.hasQuorum)
    }

    @inline(never)
    package mutating func peekDue() -> Instant { timers.next }

    @inline(never)
    package mutating func peekIdle() -> Bool { actions.isEmpty }
}

extension MemoryNode {
    @inline(never)
    package mutating func peekWakes() -> Bool { !wakes.isEmpty }
}
