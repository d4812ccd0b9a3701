internal import HoldfastBase

/// What is due next, first. Timers are never taken out early: one that is not wanted any more finds
/// nobody when it is due.
struct TimerHeap: Sendable {
    private var heap: [Timer] = []
    private var order: UInt64 = 0

    var next: Instant { heap.first?.at ?? .never }
    var count: Int { heap.count }

    mutating func add(_ purpose: Timer.Purpose, at instant: Instant) {
        order += 1
        heap.append(Timer(at: instant, order: order, purpose: purpose))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard Timer.isBefore(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func popDue(_ now: Instant) -> Timer? {
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
