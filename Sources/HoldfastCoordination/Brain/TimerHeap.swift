internal import HoldfastBase

/// What is due next, first. A timer that is not wanted any more finds nobody when it is due; those for
/// long times are looked through when there are many, and taken out.
///
/// Nearly all of them are the time that nodes have to answer, which is always as long, so that they
/// come in the order in which they are due: those stand in a row, the others in a heap.
struct TimerHeap: Sendable {
    private var heap: [Timer] = []
    private var row: [Timer] = []
    /// Of the row.
    private var first = 0
    private var order: UInt64 = 0
    /// How many the heap had when it was looked through last.
    private var wanted = 0

    var next: Instant { min(heap.first?.at ?? .never, first < row.count ? row[first].at : .never) }
    var count: Int { heap.count + row.count - first }

    mutating func add(_ purpose: Timer.Purpose, at instant: Instant) {
        order += 1
        let timer = Timer(at: instant, order: order, purpose: purpose)
        switch purpose {
        case .budget, .roundBudget, .renewalBudget, .key:
            guard let last = row.last, instant < last.at else {
                row.append(timer)
                return
            }
        case .waitOver, .retry, .heartbeat, .lostOver, .autoRenewal, .watchPoll, .watchCheck: break
        }
        insert(timer)
    }

    /// Whether it is time to look through them.
    var isUntidy: Bool { heap.count > 2 * wanted + 4096 }

    mutating func tidy(_ isWanted: (Timer) -> Bool) {
        // In order, they are a heap.
        heap = heap.filter(isWanted).sorted(by: Timer.isBefore)
        wanted = heap.count
    }

    mutating func popDue(_ now: Instant) -> Timer? {
        guard first < row.count, heap.first.map({ Timer.isBefore(row[first], $0) }) ?? true else {
            return popHeap(now)
        }
        guard row[first].at <= now else { return nil }
        defer { removeFirstOfRow() }
        return row[first]
    }

    private mutating func removeFirstOfRow() {
        first += 1
        guard first == row.count || (first > 1024 && first * 2 > row.count) else { return }
        row.removeFirst(first)
        first = 0
    }

    private mutating func insert(_ timer: Timer) {
        heap.append(timer)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard Timer.isBefore(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func popHeap(_ now: Instant) -> Timer? {
        guard let first = heap.first, first.at <= now else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var least = 2 * parent + 1
            guard least < heap.count else { return first }
            if least + 1 < heap.count, Timer.isBefore(heap[least + 1], heap[least]) { least += 1 }
            guard Timer.isBefore(heap[least], heap[parent]) else { return first }
            heap.swapAt(least, parent)
            parent = least
        }
    }
}
