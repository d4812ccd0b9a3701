internal import HoldfastNode

/// When to look whether something has ended, soonest first: a heap.
///
/// What is prolonged stays where it is and is looked at too early, so that prolonging costs nothing.
struct MemoryExpiries {
    enum Subject {
        case lock(String)
        case queue(String)
        case server(ServerID)
        case tombstone(Tombstone)
    }

    struct Entry {
        /// In the node's milliseconds.
        var at: UInt64
        var subject: Subject
    }

    private var heap: [Entry] = []

    mutating func insert(_ entry: Entry) {
        var place = heap.count
        heap.append(entry)
        while place > 0, heap[(place - 1) / 2].at > entry.at {
            heap[place] = heap[(place - 1) / 2]
            place = (place - 1) / 2
        }
        heap[place] = entry
    }

    func isDue(_ now: UInt64) -> Bool { heap.first.map { $0.at <= now } ?? false }

    /// Takes out the soonest, where that is `now` or before.
    mutating func removeFirst(endedBy now: UInt64) -> Entry? {
        guard let first = heap.first, first.at <= now, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return first }
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].at < heap[child].at { child += 1 }
            guard heap[child].at < last.at else { break }
            heap[place] = heap[child]
            place = child
        }
        heap[place] = last
        return first
    }

    /// Gives back memory after much was taken out.
    mutating func shrink() {
        guard heap.capacity > 4096, heap.count * 32 < heap.capacity else { return }
        heap = heap.map { $0 }
    }
}
