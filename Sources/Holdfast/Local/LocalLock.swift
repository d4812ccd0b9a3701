internal import HoldfastBase
internal import HoldfastSystem
internal import Synchronization

/// A lock of this process: first come, first served, with a time limit, without polling and without a
/// blocked thread. For tests of programs that lock remotely, and for what concerns one process only.
public final class LocalLock: Lock {
    private typealias Turn = CheckedContinuation<Outcome, Never>

    private enum Outcome: Sendable {
        case granted(UInt64)
        case timedOut
        case cancelled
        case refused(Obstacle)
        case full
    }

    private struct Contents {
        var machine: LocalLockMachine
        var turns: [UInt64: Turn] = [:]
        var ends: [UInt64: OneShot<Void>] = [:]
        var last: UInt64 = 0
        var timerDue = Instant.never
        var metrics = LockMetrics()
    }

    /// Its name.
    public let name: String
    private let ttl: Interval?
    private let contents: Mutex<Contents>

    /// A lock that nobody holds.
    ///
    /// - Parameters:
    ///   - name: what it is called; locks of the same name are the same where a registry makes them.
    ///   - ttl: after how long a hold ends by itself; `nil` is never.
    ///   - isReentrant: whether the same holder gets the lock again that it has.
    public init(_ name: String, ttl: Duration? = nil, isReentrant: Bool = false) {
        self.name = name
        self.ttl = ttl.map { Interval($0) }
        contents = Mutex(
            Contents(
                machine: LocalLockMachine(
                    ttl: ttl.map { Interval($0) }, isReentrant: isReentrant)))
    }

    /// In this process.
    public var kind: LockKind { .local }

    /// What was done with it.
    public var metrics: LockMetrics { contents.withLock { $0.metrics } }

    /// Whether anybody holds it now.
    public var isLocked: Bool {
        let now = Clocks.now()
        return contents.withLock { $0.machine.isHeld(now) }
    }

    /// How many wait for it.
    public var waiting: Int { contents.withLock { $0.machine.waiting } }

    /// Takes it; see `Lock`.
    public func acquire(timeout: Duration, holder: String) async throws -> any LockHold {
        LocalHold(self, fence: try await take(timeout, holder))
    }

    /// Takes it.
    public func acquire(timeout: Duration = .seconds(30)) async throws -> LocalHold {
        LocalHold(self, fence: try await take(timeout, ""))
    }

    /// Runs `body` while holding it; see `Lock`.
    public func withHold<Result>(
        timeout: Duration, holder: String, _ body: (any LockHold) async throws -> Result
    ) async throws -> Result {
        let hold = LocalHold(self, fence: try await take(timeout, holder))
        guard ttl != nil else {
            // It cannot be lost: there is nobody to cancel the body.
            defer { _ = release(hold.fence) }
            return try await body(hold)
        }
        let end = end(of: hold.fence)
        let result = await GuardedBody.result(ended: { await end.wait() != nil }, hold, body)
        try hold.giveBack()
        return try result.get()
    }
}

extension LocalLock {
    private func take(_ timeout: Duration, _ holder: String) async throws -> UInt64 {
        // Nobody is there and nothing ends by time: no clock, no suspension.
        let quick = contents.withLock { contents -> UInt64? in
            guard !contents.machine.needsTime, !contents.machine.isHeld else { return nil }
            let answer = contents.machine.acquire(0, holder: holder, until: .zero, .zero).answer
            guard case .granted(let fence) = answer else { return nil }
            contents.metrics.acquired += 1
            return fence
        }
        if let quick { return quick }
        return try await takeInTurn(timeout, holder)
    }

    private func takeInTurn(_ timeout: Duration, _ holder: String) async throws -> UInt64 {
        let begun = Clocks.now()
        let number = contents.withLock { contents in
            contents.last += 1
            return contents.last
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (turn: Turn) in
                ask(number, holder, until: begun + Interval(timeout), turn)
            }
        } onCancel: {
            let turn = contents.withLock { contents in
                contents.machine.cancel(number)
                    ? contents.turns.removeValue(forKey: number) : nil
            }
            turn?.resume(returning: .cancelled)
        }
        let waited = (Clocks.now() - begun).duration
        switch outcome {
        case .granted(let fence):
            contents.withLock { contents in
                contents.metrics.acquired += 1
                contents.metrics.waited += waited
            }
            // The grant has crossed the cancellation.
            if Task.isCancelled {
                _ = release(fence)
                throw CancellationError()
            }
            return fence
        case .timedOut, .refused:
            contents.withLock { $0.metrics.timedOut += 1 }
            var obstacle = Obstacle.held
            if case .refused(let why) = outcome { obstacle = why }
            throw TimedOut(
                waited: waited, Refusal(obstacle, name: name, waiting: waiting))
        case .cancelled: throw CancellationError()
        case .full:
            throw HoldfastError(
                .exhausted, "\(ClientLimits.localWaitersMax) wait for the lock already")
        }
    }

    private func ask(_ number: UInt64, _ holder: String, until deadline: Instant, _ turn: Turn) {
        let now = Clocks.now()
        let (outcome, actions, timer) = contents.withLock {
            contents -> (Outcome?, [Resumption], Instant?) in
            if Task.isCancelled { return (.cancelled, [], nil) }
            let (answer, actions) = contents.machine.acquire(
                number, holder: holder, until: deadline, now)
            let resumptions = Self.resumptions(of: actions, in: &contents)
            switch answer {
            case .granted(let fence): return (.granted(fence), resumptions, nil)
            case .refused(let obstacle): return (.refused(obstacle), resumptions, nil)
            case .full: return (.full, resumptions, nil)
            case .waits:
                contents.turns[number] = turn
                return (nil, resumptions, Self.timer(&contents))
            }
        }
        if let outcome { turn.resume(returning: outcome) }
        for resumption in actions { resumption.perform() }
        if let timer { wake(at: timer) }
    }

    /// One entry is given back; false when the hold was over.
    fileprivate func release(_ fence: UInt64) -> Bool {
        let (wasHeld, actions, timer) = contents.withLock {
            contents -> (Bool, [Resumption], Instant?) in
            // Where nothing ends by time, the clock need not be asked.
            let time = contents.machine.needsTime ? Clocks.now() : .zero
            let (wasHeld, actions) = contents.machine.release(fence: fence, time)
            if wasHeld { contents.metrics.released += 1 }
            if !contents.ends.isEmpty, !contents.machine.isHeld(fence: fence, time) {
                contents.ends[fence] = nil
            }
            return (wasHeld, Self.resumptions(of: actions, in: &contents), Self.timer(&contents))
        }
        for resumption in actions { resumption.perform() }
        if let timer { wake(at: timer) }
        return wasHeld
    }

    fileprivate func isHeld(_ fence: UInt64) -> Bool {
        let now = Clocks.now()
        return contents.withLock { $0.machine.isHeld(fence: fence, now) }
    }

    /// Comes when a hold with a time to live is over.
    private func end(of fence: UInt64) -> OneShot<Void> {
        let end = OneShot<Void>()
        let timer = contents.withLock { contents -> Instant? in
            contents.ends[fence] = end
            return Self.timer(&contents)
        }
        if let ttl { wake(at: min(timer ?? .never, Clocks.now() + ttl)) }
        return end
    }

    // MARK: Time

    /// Something to be done outside of the lock.
    private enum Resumption {
        case turn(Turn, Outcome)
        case end(OneShot<Void>)

        func perform() {
            switch self {
            case .turn(let turn, let outcome): turn.resume(returning: outcome)
            case .end(let end): end.resolve(())
            }
        }
    }

    private static func resumptions(
        of actions: [LocalLockMachine.Action], in contents: inout Contents
    ) -> [Resumption] {
        actions.compactMap { action in
            switch action {
            case .grant(let waiter, let fence):
                return contents.turns.removeValue(forKey: waiter).map {
                    .turn($0, .granted(fence))
                }
            case .timeOut(let waiter):
                return contents.turns.removeValue(forKey: waiter).map { .turn($0, .timedOut) }
            case .expire(let fence):
                contents.metrics.lost += 1
                return contents.ends.removeValue(forKey: fence).map { .end($0) }
            }
        }
    }

    /// When a timer is to be set; `nil` where one that is sooner is under way.
    private static func timer(_ contents: inout Contents) -> Instant? {
        guard contents.machine.waiting > 0 else { return nil }
        let due = contents.machine.wake
        guard due < contents.timerDue else { return nil }
        contents.timerDue = due
        return due
    }

    /// Looks at the time then. At most one task sleeps for those who wait, whatever their number.
    private func wake(at instant: Instant) {
        guard instant != .never else { return }
        Task { [weak self] in
            let pause = instant - Clocks.now()
            if pause > .zero { try? await Task.sleep(for: pause.duration) }
            self?.look(instant)
        }
    }

    private func look(_ due: Instant) {
        let now = Clocks.now()
        let (actions, timer) = contents.withLock { contents -> ([Resumption], Instant?) in
            if contents.timerDue <= due { contents.timerDue = .never }
            let actions = contents.machine.timeReached(now)
            return (Self.resumptions(of: actions, in: &contents), Self.timer(&contents))
        }
        for resumption in actions { resumption.perform() }
        if let timer { wake(at: timer) }
    }
}

/// A local lock that is held.
public final class LocalHold: LockHold {
    private let lock: LocalLock
    private let isReleased = Atomic<Bool>(false)
    /// Larger than the fence of every hold of the lock before, in this process.
    public let fence: UInt64

    init(_ lock: LocalLock, fence: UInt64) {
        self.lock = lock
        self.fence = fence
    }

    /// Whether the holder may go on.
    public var isHeld: Bool { !isReleased.load(ordering: .relaxed) && lock.isHeld(fence) }

    /// Throws when the lock is not held any more.
    public func check() throws {
        if isReleased.load(ordering: .relaxed) {
            throw HoldfastError.state("the lock was given back already")
        }
        guard lock.isHeld(fence) else { throw lost }
    }

    /// Gives the lock back.
    public func release() async throws { try giveBack() }

    func giveBack() throws {
        guard !isReleased.exchange(true, ordering: .relaxed) else { return }
        guard lock.release(fence) else { throw lost }
    }

    private var lost: LockLost {
        LockLost(names: [lock.name], fence: fence, reason: .expired)
    }
}
