package import HoldfastBase

/// A hierarchical timer wheel: one timer for each id, set, moved and cleared in constant time.
///
/// Time is cut into ticks of one millisecond. Level 0 has a bucket for each of the next 64 ticks,
/// level 1 for each of the next 64 spans of 64 ticks, and so on; when time enters a span of a higher
/// level, its timers are spread over the level below. A bit map per level finds the next bucket that
/// is not empty, so that an idle loop sleeps as long as it may.
///
/// A timer fires at its instant or up to one tick later, never before. Timers further away than the
/// wheel reaches (two years) wait in its last bucket and are looked at again there.
package struct TimerWheel {
    private static let levels = 6
    private static let bucketsPerLevel = 64
    private static let tickNanoseconds: Int64 = 1_000_000
    private static let nobody: Int32 = -1

    private struct Timer {
        var tick: Int64 = 0
        var next = TimerWheel.nobody
        var previous = TimerWheel.nobody
        /// Level * 64 + bucket, or -1 when not set.
        var bucket: Int32 = -1
    }

    private var timers: [Timer] = []
    private var heads: [Int32]
    private var occupied: [UInt64]
    /// All ticks up to and including this one have fired.
    private var current: Int64
    package private(set) var count = 0

    package init(now: Instant) {
        heads = Array(repeating: Self.nobody, count: Self.levels * Self.bucketsPerLevel)
        occupied = Array(repeating: 0, count: Self.levels)
        current = now.nanoseconds / Self.tickNanoseconds
    }

    /// Sets the timer of `id`, in place of an earlier setting. `never` clears it.
    package mutating func set(_ id: Int, at instant: Instant) {
        guard id >= 0 else { return }
        clear(id)
        guard instant != .never else { return }
        while timers.count <= id { timers.append(Timer()) }
        let (rounded, overflow) = instant.nanoseconds
            .addingReportingOverflow(Self.tickNanoseconds - 1)
        let tick = (overflow ? Int64.max : rounded) / Self.tickNanoseconds
        timers[id].tick = max(tick, current + 1)
        place(id)
        count += 1
    }

    package mutating func clear(_ id: Int) {
        guard id >= 0, id < timers.count, timers[id].bucket >= 0 else { return }
        unlink(id)
        count -= 1
    }

    /// When the wheel must be advanced next: no later than its first timer.
    package var nextDue: Instant {
        guard count > 0 else { return .never }
        var earliest = Int64.max
        for level in 0..<Self.levels where occupied[level] != 0 {
            let span = Self.span(level)
            let position = current / span
            let here = Int(truncatingIfNeeded: position) & 63
            // Bits after the current bucket come first, in the order of time. A higher level can hold
            // the earliest: what it got long ago may be nearer by now than what level 0 got since.
            let rotated = Self.rotateRight(occupied[level], by: (here + 1) & 63)
            let ahead = Int64(rotated.trailingZeroBitCount) + 1
            earliest = min(earliest, (position + ahead) * span)
        }
        let (nanoseconds, overflow) = earliest.multipliedReportingOverflow(by: Self.tickNanoseconds)
        return overflow ? .never : Instant(nanoseconds: nanoseconds)
    }

    /// Moves time on to `now` and appends the ids of all timers that are due to `due`.
    package mutating func advance(to now: Instant, due: inout [Int]) {
        let target = now.nanoseconds / Self.tickNanoseconds
        while current < target {
            guard count > 0 else {
                current = target
                return
            }
            // Jump to the next bucket that holds something.
            let next = nextDue.nanoseconds / Self.tickNanoseconds
            if next > target {
                current = target
                return
            }
            current = max(next, current + 1)
            cascade()
            fire(&due)
        }
    }

    /// Spreads the higher buckets that begin at the current tick.
    private mutating func cascade() {
        var level = Self.levels - 1
        while level > 0 {
            let span = Self.span(level)
            if current % span == 0 {
                let bucket = Int(truncatingIfNeeded: current / span) & 63
                var id = takeAll(level: level, bucket: bucket)
                while id >= 0 {
                    let next = timers[Int(id)].next
                    place(Int(id))
                    id = next
                }
            }
            level -= 1
        }
    }

    private mutating func fire(_ due: inout [Int]) {
        var id = takeAll(level: 0, bucket: Int(truncatingIfNeeded: current) & 63)
        while id >= 0 {
            let next = timers[Int(id)].next
            timers[Int(id)].next = Self.nobody
            timers[Int(id)].previous = Self.nobody
            timers[Int(id)].bucket = -1
            count -= 1
            due.append(Int(id))
            id = next
        }
    }

    private mutating func takeAll(level: Int, bucket: Int) -> Int32 {
        let index = level * Self.bucketsPerLevel + bucket
        let first = heads[index]
        heads[index] = Self.nobody
        occupied[level] &= ~(1 << UInt64(bucket))
        return first
    }

    private mutating func place(_ id: Int) {
        let tick = timers[id].tick
        var level = 0
        while level < Self.levels - 1, tick / Self.span(level) - current / Self.span(level) >= 64 {
            level += 1
        }
        let span = Self.span(level)
        // Past the last level: its furthest bucket, to be placed again from there.
        let position = min(tick / span, current / span + 63)
        let bucket = Int(truncatingIfNeeded: position) & 63
        let index = level * Self.bucketsPerLevel + bucket
        let head = heads[index]
        timers[id].next = head
        timers[id].previous = Self.nobody
        timers[id].bucket = Int32(index)
        if head >= 0 { timers[Int(head)].previous = Int32(id) }
        heads[index] = Int32(id)
        occupied[level] |= 1 << UInt64(bucket)
    }

    private mutating func unlink(_ id: Int) {
        let timer = timers[id]
        if timer.previous >= 0 {
            timers[Int(timer.previous)].next = timer.next
        } else {
            let index = Int(timer.bucket)
            heads[index] = timer.next
            if timer.next < 0 {
                occupied[index / Self.bucketsPerLevel] &=
                    ~(1 << UInt64(index % Self.bucketsPerLevel))
            }
        }
        if timer.next >= 0 { timers[Int(timer.next)].previous = timer.previous }
        timers[id].bucket = -1
    }

    private static func span(_ level: Int) -> Int64 {
        1 << Int64(6 * level)
    }

    private static func rotateRight(_ word: UInt64, by shift: Int) -> UInt64 {
        shift == 0 ? word : (word >> UInt64(shift)) | (word << UInt64(64 - shift))
    }
}
