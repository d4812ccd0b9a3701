/// When the lives of a node's sessions are to be looked at, soonest first: a heap.
///
/// A life that is looked at sooner than was said stays where it was too: what is taken out is to be
/// held against the life's own score.
struct DueLives {
    struct Entry: Comparable {
        var score: UInt64
        var id: MemoryNode.LifeID

        static func < (left: Entry, right: Entry) -> Bool {
            (left.score, left.id) < (right.score, right.id)
        }
    }

    private var heap: [Entry] = []

    var count: Int { heap.count }

    mutating func insert(_ entry: Entry) {
        var place = heap.count
        heap.append(entry)
        while place > 0, entry < heap[(place - 1) / 2] {
            heap[place] = heap[(place - 1) / 2]
            place = (place - 1) / 2
        }
        heap[place] = entry
    }

    /// Takes out the soonest, where that is `now` or before.
    mutating func removeFirst(dueBy now: UInt64) -> Entry? {
        guard let first = heap.first, first.score <= now, let last = heap.popLast() else {
            return nil
        }
        guard !heap.isEmpty else { return first }
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < last else { break }
            heap[place] = heap[child]
            place = child
        }
        heap[place] = last
        return first
    }

    /// Drops those that are not wanted, once they may be the most of many.
    mutating func tidy(wanted count: Int, _ isWanted: (Entry) -> Bool) {
        guard heap.count > 2 * count + 1024 else { return }
        // In order, they are a heap.
        heap = heap.filter(isWanted).sorted()
    }
}
