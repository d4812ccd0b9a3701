package import HoldfastBase
package import HoldfastSystem
internal import Synchronization

/// One thread, one epoll instance, and everything that lives on them: sockets, timers, and the Swift
/// tasks that run here.
///
/// A loop goes round in ticks. Each tick: wait; let every ready source read and decide; run the work
/// that other threads posted and the jobs of tasks; let due timers act; last, let every source that
/// has something to say write it, once. Whatever became ready together is thereby answered together,
/// with one system call for each peer, which at 64 calls in flight is a factor of thirty.
///
/// Sources are registered in slots with a generation, so that a late event or a late message for a
/// source that is gone finds nobody instead of somebody else.
///
/// `@unchecked Sendable`: everything but `mailbox`, `isSleeping` and the constants is touched by the
/// loop's own thread only; `assertOnLoop` checks it in debug builds.
@usableFromInline
package final class EventLoop: @unchecked Sendable {
    struct Slot {
        var source: (any LoopSource)?
        var generation: UInt32 = 1
        var isDirty = false
    }

    private struct Mailbox {
        var work: [any LoopWork] = []
        var jobs: [UnownedJob] = []
        var closed = false
    }

    private static let wakeToken = UInt64.max
    private static let flushInterval = Interval.microseconds(100)

    package let name: String
    private let poller: Poller
    private let signal: WakeSignal
    private let mailbox = Mutex(Mailbox())
    private let thread = Atomic<UInt>(0)

    private var slots: [Slot] = []
    private var freeSlots: [Int] = []
    private var wheel: TimerWheel
    private var dirty: [LoopToken] = []
    private var due: [Int] = []
    private var dueTokens: [LoopToken] = []
    private var jobs: [UnownedJob] = []
    private var runningJobs: [UnownedJob] = []
    private var incoming = Mailbox()
    private var deferred: [LoopToken] = []
    private var companions: [(owner: ObjectIdentifier, companion: AnyObject)] = []
    private var isStopping = false

    /// The time of this tick.
    package private(set) var now: Instant
    /// For metrics and tests.
    package private(set) var ticks: UInt64 = 0
    package private(set) var tickLengths = TickLengths()

    package init(name: String) throws(SystemError) {
        self.name = name
        poller = try Poller()
        signal = try WakeSignal()
        now = Clocks.now()
        wheel = TimerWheel(now: now)
        try poller.add(signal.descriptor, .readable, token: Self.wakeToken)
    }

    // MARK: From the loop's thread

    /// The loop whose thread this is.
    package static var current: EventLoop? {
        guard let value = unsafe Threads.value else { return nil }
        return unsafe Unmanaged<EventLoop>.fromOpaque(value).takeUnretainedValue()
    }

    package var isOnLoop: Bool {
        thread.load(ordering: .relaxed) == Threads.current()
    }

    private func assertOnLoop() {
        assert(isOnLoop || thread.load(ordering: .relaxed) == 0, "not on loop \(name)")
    }

    /// Gives a source its place; it has no descriptor and no timer yet.
    package func register(_ source: any LoopSource) -> LoopToken {
        assertOnLoop()
        if let slot = freeSlots.popLast() {
            slots[slot].source = source
            return LoopToken(slot: slot, generation: slots[slot].generation)
        }
        slots.append(Slot(source: source))
        return LoopToken(slot: slots.count - 1, generation: 1)
    }

    /// Takes a source away. Nothing reaches it any more.
    package func unregister(_ token: LoopToken) {
        assertOnLoop()
        guard source(token) != nil else { return }
        wheel.clear(token.slot)
        slots[token.slot].source = nil
        slots[token.slot].isDirty = false
        slots[token.slot].generation &+= 1
        freeSlots.append(token.slot)
    }

    package func source(_ token: LoopToken) -> (any LoopSource)? {
        Self.source(token, in: slots)
    }

    /// One access to the slots, whose every one is checked.
    @inline(__always)
    private static func source(_ token: LoopToken, in slots: [Slot]) -> (any LoopSource)? {
        guard token.slot >= 0, token.slot < slots.count,
            slots[token.slot].generation == token.generation
        else { return nil }
        return slots[token.slot].source
    }

    package func watch(
        _ descriptor: Int32, _ interest: Poller.Interest, for token: LoopToken
    ) throws(SystemError) {
        try poller.add(descriptor, interest, token: token.word)
    }

    package func rewatch(
        _ descriptor: Int32, _ interest: Poller.Interest, for token: LoopToken
    ) throws(SystemError) {
        try poller.change(descriptor, interest, token: token.word)
    }

    package func unwatch(_ descriptor: Int32) {
        poller.remove(descriptor)
    }

    /// Has `timerFired` called at `instant`, in place of an earlier setting.
    package func setTimer(_ token: LoopToken, at instant: Instant) {
        guard source(token) != nil else { return }
        wheel.set(token.slot, at: instant)
    }

    /// Has `flush` called at the end of this tick; does nothing for a source that is gone, whose
    /// mark would stay on the slot and keep the next tenant from ever being flushed.
    @inline(__always)
    package func markDirty(_ token: LoopToken) {
        // A source that is gone marks nobody: its mark would silence the next tenant of the slot.
        guard token.slot >= 0, token.slot < slots.count,
            slots[token.slot].generation == token.generation, !slots[token.slot].isDirty
        else { return }
        slots[token.slot].isDirty = true
        dirty.append(token)
    }

    /// Has `continueWork` called in the next tick, after every other source had its turn.
    package func continueNextTick(_ token: LoopToken) {
        deferred.append(token)
    }

    /// What `owner` keeps on this loop. A handful have one, so they are looked through.
    package func companion(of owner: ObjectIdentifier) -> AnyObject? {
        assertOnLoop()
        for entry in companions where entry.owner == owner { return entry.companion }
        return nil
    }

    /// Keeps something for `owner` until the loop ends. It must hold on to its owner, whose address
    /// would otherwise come to name another.
    package func keep(_ companion: AnyObject, of owner: ObjectIdentifier) {
        assertOnLoop()
        companions.append((owner, companion))
    }

    // MARK: From any thread

    /// Hands work over to the loop's thread. Work that arrives after the loop has stopped is dropped
    /// and told so.
    package func post(_ work: any LoopWork) {
        let (accepted, isFirst) = mailbox.withLock { box -> (Bool, Bool) in
            guard !box.closed else { return (false, false) }
            box.work.append(work)
            return (true, box.work.count + box.jobs.count == 1)
        }
        if !accepted {
            work.dropped()
        } else if isFirst {
            signal.raise()
        }
    }

    package func post(_ body: @escaping @Sendable (EventLoop) -> Void) {
        post(ClosureWork(body))
    }

    func enqueueJob(_ job: UnownedJob) {
        if isOnLoop {
            jobs.append(job)
            return
        }
        let (accepted, isFirst) = mailbox.withLock { box -> (Bool, Bool) in
            guard !box.closed else { return (false, false) }
            box.jobs.append(job)
            return (true, box.work.count + box.jobs.count == 1)
        }
        if !accepted {
            runElsewhere(job)
        } else if isFirst {
            signal.raise()
        }
    }

    /// A task must come to its end even when its loop has: what it awaited may be over only now.
    private func runElsewhere(_ job: UnownedJob) {
        globalConcurrentExecutor.enqueue(job)
    }

    /// Starts the loop's thread; one that is yielding gets processor time after the others.
    package func start(
        pinnedTo processor: Int? = nil, isYielding: Bool = false
    ) throws(SystemError) {
        try Threads.start(name: name) {
            if let processor { try? Threads.pin(to: processor) }
            if isYielding { Threads.yieldToOthers() } else { Threads.wakeSoon() }
            self.run()
        }
    }

    /// Ends the loop after the current tick; every source is told.
    package func stop() {
        post { loop in loop.isStopping = true }
    }

    /// Runs the loop on the calling thread until `stop`.
    package func run() {
        thread.store(Threads.current(), ordering: .relaxed)
        unsafe Threads.value = Unmanaged.passUnretained(self).toOpaque()
        while !isStopping { tick() }
        closeDown()
    }

    // MARK: The tick

    private func tick() {
        let count = poller.wait(milliseconds: waitMilliseconds())
        let began = Clocks.now()
        now = began
        ticks &+= 1
        var flushed = now
        for index in 0..<count {
            if index & 7 == 7, !dirty.isEmpty { flushIfLate(&flushed) }
            let event = poller.event(index)
            if event.token == Self.wakeToken {
                signal.clear()
                takeMail()
            } else if let source = source(LoopToken(word: event.token)) {
                source.ready(event)
            }
        }
        runWork()
        runJobs()
        fireTimers()
        runDeferred()
        flush()
        tickLengths.count(Clocks.now() - began)
    }

    /// Reads the clock in the midst of a tick, which may have become long: for who must not believe
    /// that something happened before it did.
    package func readClock() { now = Clocks.now() }

    private func waitMilliseconds() -> Int32 {
        guard jobs.isEmpty, deferred.isEmpty, dirty.isEmpty else { return 0 }
        let due = wheel.nextDue
        guard due != .never else { return -1 }
        return Int32(clamping: (due - Clocks.now()).millisecondsRoundedUp)
    }

    private func takeMail() {
        mailbox.withLock { box in
            swap(&box.work, &incoming.work)
            swap(&box.jobs, &incoming.jobs)
        }
        jobs.append(contentsOf: incoming.jobs)
        incoming.jobs.removeAll(keepingCapacity: true)
    }

    private func runWork() {
        guard !incoming.work.isEmpty else { return }
        for work in incoming.work { work.run(on: self) }
        incoming.work.removeAll(keepingCapacity: true)
    }

    /// Runs jobs until there is none, so that a call whose handler only computes is answered in the
    /// tick that read it; the round is bounded so that a busy task does not keep the sockets waiting.
    private func runJobs() {
        var rounds = 0
        while !jobs.isEmpty, rounds < 16 {
            swap(&jobs, &runningJobs)
            for job in runningJobs { run(job) }
            runningJobs.removeAll(keepingCapacity: true)
            rounds += 1
        }
    }

    private func fireTimers() {
        guard wheel.count > 0 else { return }
        wheel.advance(to: now, due: &due)
        guard !due.isEmpty else { return }
        // By token: what fires first may end the others and give their slots away.
        for slot in due where slot < slots.count {
            dueTokens.append(LoopToken(slot: slot, generation: slots[slot].generation))
        }
        due.removeAll(keepingCapacity: true)
        for token in dueTokens { source(token)?.timerFired() }
        dueTokens.removeAll(keepingCapacity: true)
    }

    private func runDeferred() {
        guard !deferred.isEmpty else { return }
        let tokens = deferred
        deferred.removeAll(keepingCapacity: true)
        for token in tokens { source(token)?.continueWork() }
    }

    /// In a tick with much to do, what is ready is written before its end: the peers work meanwhile.
    private func flushIfLate(_ flushed: inout Instant) {
        let instant = Clocks.now()
        guard instant - flushed >= Self.flushInterval else { return }
        flushed = instant
        flush()
    }

    private func flush() {
        // Those that mark themselves again while they flush have their turn in the next tick.
        let count = dirty.count
        for index in 0..<count {
            let token = dirty[index]
            if let source = source(token) {
                slots[token.slot].isDirty = false
                source.flush()
            }
        }
        dirty.removeFirst(count)
    }

    private func closeDown() {
        for slot in slots.indices { slots[slot].source?.loopStopped() }
        unsafe Threads.value = nil
        freeSlots.removeAll()
        letGo()
        let left = mailbox.withLock { box in
            box.closed = true
            let left = box.work
            box.work = []
            return left
        }
        for work in left { work.dropped() }
        // Tasks that were handed to this loop must still end: most do here, the others elsewhere.
        takeMail()
        runJobs()
        // The number of this thread may be given to another.
        thread.store(0, ordering: .relaxed)
        for job in jobs { runElsewhere(job) }
        jobs = []
    }
}

extension EventLoop {
    /// Forgets all sources. What goes with them may ask for another (a held call that is dropped
    /// answers its caller): they are out of reach first and gone after.
    private func letGo() {
        let (sources, kept) = (slots, companions)
        slots = []
        companions = []
        withExtendedLifetime((sources, kept)) {}
    }
}

/// Names a source on its loop: a slot, and which of the slot's tenants.
package struct LoopToken: Hashable, Sendable {
    let slot: Int
    let generation: UInt32

    init(slot: Int, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    init(word: UInt64) {
        slot = Int(word & 0xFFFF_FFFF)
        generation = UInt32(truncatingIfNeeded: word >> 32)
    }

    var word: UInt64 { UInt64(generation) << 32 | UInt64(slot) }

    /// A number that is unique on this loop while the source lives.
    package var number: UInt64 { word }

    /// The token with this `number`.
    package init(number: UInt64) { self.init(word: number) }

    /// Names nobody.
    package static let none = LoopToken(slot: -1, generation: 0)
}
