/// Keys that nobody asks for and that are kept for their promised ballots: the last ones, as many as
/// there is room for.
package struct RestingKeys: Sendable {
    /// In the order in which they came; those that were asked for since have another turn, or none.
    private var queue: [(slot: SlotKey, turn: UInt64)] = []
    private var first = 0
    private var turn: UInt64 = 0
    package private(set) var count = 0
    package private(set) var bytes = 0

    package static let countMax = 4096
    package static let bytesMax = 16 << 20

    /// - Returns: its turn.
    fileprivate mutating func add(_ slot: SlotKey, bytes size: Int) -> UInt64 {
        turn += 1
        queue.append((slot, turn))
        count += 1
        bytes += size
        return turn
    }

    fileprivate mutating func remove(bytes size: Int) {
        count -= 1
        bytes -= size
    }

    fileprivate var isFull: Bool {
        count > Self.countMax || bytes > Self.bytesMax || queue.count - first > 4 * Self.countMax
    }

    /// The oldest, if that is still its turn.
    fileprivate mutating func takeOldest() -> (slot: SlotKey, turn: UInt64)? {
        guard first < queue.count else { return nil }
        first += 1
        let oldest = queue[first - 1]
        if first * 2 > queue.count {
            queue.removeFirst(first)
            first = 0
        }
        return oldest
    }
}

extension KeyDesk {
    /// Somebody asks for a key.
    mutating func wake(_ slot: SlotKey) {
        guard let rest = states[slot]?.rest else { return }
        states[slot]?.rest = nil
        resting.remove(bytes: rest.bytes)
    }

    /// Forgets a key that nobody asks for, or keeps it for its promised ballot.
    mutating func settle(_ slot: SlotKey) {
        guard let state = states[slot], state.isIdle, state.rest == nil else { return }
        guard let warm = state.warm else { return forget(slot) }
        let size = warm.record.size
        states[slot]?.rest = (resting.add(slot, bytes: size), size)
        while resting.isFull, let oldest = resting.takeOldest() {
            if states[oldest.slot]?.rest?.turn == oldest.turn { forget(oldest.slot) }
        }
    }

    private mutating func forget(_ slot: SlotKey) {
        guard let state = states.remove(slot) else { return }
        slots[state.name] = nil
        rounds.remove(state.round)
        rounds.remove(state.readRound)
        if let rest = state.rest { resting.remove(bytes: rest.bytes) }
    }
}
