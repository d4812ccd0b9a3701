internal import HoldfastBase

/// Decides who holds a lock of this process: a pure value.
///
/// First come, first served. A hold with a time to live ends by itself, and so does a wait; both are
/// looked at when time is told, or somebody comes.
struct LocalLockMachine: Sendable {
    /// What follows for somebody who waited or held.
    enum Action: Equatable, Sendable {
        case grant(waiter: UInt64, fence: UInt64)
        case timeOut(waiter: UInt64)
        case expire(fence: UInt64)
    }

    /// The answer to who wants the lock.
    enum Answer: Equatable, Sendable {
        case granted(fence: UInt64)
        /// It is told later, by an action.
        case waits
        case refused(Obstacle)
        /// As many wait as may.
        case full
    }

    private struct Hold: Sendable {
        let fence: UInt64
        let holder: String
        var entries: Int
        let deadline: Instant
    }

    private struct Waiter: Sendable {
        let number: UInt64
        let holder: String
        let deadline: Instant
    }

    private let ttl: Interval?
    private let isReentrant: Bool
    private var hold: Hold?
    private var lastFence: UInt64 = 0
    /// In their order; those that have gone leave a hole.
    private var queue: [Waiter?] = []
    private var head = 0
    private(set) var waiting = 0
    /// Nobody's wait ends before: who comes, and who leaves, looks at nobody else.
    private var soonest = Instant.never

    init(ttl: Interval?, isReentrant: Bool) {
        self.ttl = ttl
        self.isReentrant = isReentrant
    }

    var isHeld: Bool { hold != nil }

    /// Whether the clock matters to what happens next.
    var needsTime: Bool { ttl != nil || waiting > 0 }

    /// `timeReached` is to be called no later than this.
    var wake: Instant {
        waiting > 0 ? min(hold?.deadline ?? .never, soonest) : .never
    }

    func isHeld(_ now: Instant) -> Bool { hold.map { now < $0.deadline } ?? false }

    func isHeld(fence: UInt64, _ now: Instant) -> Bool {
        hold.map { $0.fence == fence && now < $0.deadline } ?? false
    }

    /// - Parameter deadline: until when it waits; not later than `now` tries once.
    mutating func acquire(
        _ number: UInt64, holder: String, until deadline: Instant, _ now: Instant
    ) -> (answer: Answer, actions: [Action]) {
        let actions = needsTime ? timeReached(now) : []
        guard let current = hold else {
            if waiting == 0 { return (.granted(fence: take(holder, now)), actions) }
            return (wait(number, holder, deadline, now), actions)
        }
        if isReentrant, !holder.isEmpty, current.holder == holder {
            hold?.entries += 1
            return (.granted(fence: current.fence), actions)
        }
        return (wait(number, holder, deadline, now), actions)
    }

    private mutating func take(_ holder: String, _ now: Instant) -> UInt64 {
        lastFence += 1
        hold = Hold(
            fence: lastFence, holder: holder, entries: 1,
            deadline: ttl.map { now + $0 } ?? .never)
        return lastFence
    }

    private mutating func wait(
        _ number: UInt64, _ holder: String, _ deadline: Instant, _ now: Instant
    ) -> Answer {
        guard deadline > now else { return .refused(waiting > 0 && hold == nil ? .queued : .held) }
        guard waiting < ClientLimits.localWaitersMax else { return .full }
        queue.append(Waiter(number: number, holder: holder, deadline: deadline))
        waiting += 1
        soonest = min(soonest, deadline)
        return .waits
    }

    /// One entry of a hold is given back; nothing happens where it is over.
    mutating func release(fence: UInt64, _ now: Instant) -> (wasHeld: Bool, actions: [Action]) {
        let expired = needsTime ? timeReached(now) : []
        guard let current = hold, current.fence == fence else { return (false, expired) }
        if current.entries > 1 {
            hold?.entries -= 1
            return (true, expired)
        }
        hold = nil
        return (true, expired + next(now))
    }

    /// A waiter gives up; false when it has the lock already, or was told that it has not.
    mutating func cancel(_ number: UInt64) -> Bool {
        guard let index = queue[head...].firstIndex(where: { $0?.number == number }) else {
            return false
        }
        queue[index] = nil
        waiting -= 1
        shorten()
        return true
    }

    mutating func timeReached(_ now: Instant) -> [Action] {
        var actions: [Action] = []
        if let current = hold, current.deadline <= now {
            hold = nil
            actions.append(.expire(fence: current.fence))
        }
        if soonest <= now {
            soonest = .never
            for index in queue.indices[head...] {
                guard let waiter = queue[index] else { continue }
                guard waiter.deadline <= now else {
                    soonest = min(soonest, waiter.deadline)
                    continue
                }
                queue[index] = nil
                waiting -= 1
                actions.append(.timeOut(waiter: waiter.number))
            }
        }
        return actions + next(now)
    }

    /// The lock is free: the first who waits has it.
    private mutating func next(_ now: Instant) -> [Action] {
        shorten()
        guard hold == nil, waiting > 0, let waiter = queue[head] else { return [] }
        queue[head] = nil
        waiting -= 1
        shorten()
        return [.grant(waiter: waiter.number, fence: take(waiter.holder, now))]
    }

    /// Forgets the holes in front.
    private mutating func shorten() {
        while head < queue.count, queue[head] == nil { head += 1 }
        if head == queue.count {
            queue.removeAll(keepingCapacity: queue.capacity < 1024)
            head = 0
            soonest = .never
        } else if head > 64, head * 2 > queue.count {
            queue.removeFirst(head)
            head = 0
        }
    }
}
