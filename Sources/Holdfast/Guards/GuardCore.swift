internal import HoldfastBase
internal import Synchronization

/// What all faces of one grant share: its facts, and its machine under a lock.
final class GuardCore: Sendable {
    private struct Contents {
        var machine: GuardMachine
        var watchers: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var lastWatcher: UInt64 = 0
        var isClaimed = false
    }

    let wish: LockWish
    /// Names the grant: the request id of its acquire.
    let id: RequestID
    let fence: UInt64
    let strength: Int
    /// Its acquire was sent once and answered, so that nothing of it can still arrive.
    let isSole: Bool
    /// The session it lives in; `nil` for a life of its own.
    let keeper: SessionKeeper?
    let clock: ClientClock
    /// Comes with the last state.
    let ended = OneShot<GuardState>()
    private let contents: Mutex<Contents>

    init(
        _ wish: LockWish, id: RequestID, fence: UInt64, strength: Int, isSole: Bool,
        keeper: SessionKeeper?, clock: ClientClock, machine: GuardMachine
    ) {
        self.wish = wish
        self.id = id
        self.fence = fence
        self.strength = strength
        self.isSole = isSole
        self.keeper = keeper
        self.clock = clock
        contents = Mutex(Contents(machine: machine))
    }

    /// Tells the machine of an event, and the watchers what has become of it.
    func apply(_ event: (inout GuardMachine, Instant) -> Bool) {
        let now = clock.now()
        let change = contents.withLock { contents in
            Self.change(of: &contents, event(&contents.machine, now))
        }
        tell(change)
    }

    private typealias Change = (
        state: GuardState, isChanged: Bool, watchers: [AsyncStream<Void>.Continuation]
    )

    private static func change(of contents: inout Contents, _ isChanged: Bool) -> Change {
        let state = contents.machine.state
        guard isChanged else { return (state, false, []) }
        defer { if !state.isHeld { contents.watchers = [:] } }
        return (state, true, Array(contents.watchers.values))
    }

    private func tell(_ change: Change) {
        guard change.isChanged else { return }
        for watcher in change.watchers {
            watcher.yield()
            if !change.state.isHeld { watcher.finish() }
        }
        if !change.state.isHeld { ended.resolve(change.state) }
    }

    /// The state at this moment; time that has passed counts.
    var state: GuardState {
        apply { machine, now in machine.timeReached(now) }
        return contents.withLock { $0.machine.state }
    }

    /// How long it is still counted on.
    var remaining: Interval {
        guard state.isHeld else { return .zero }
        return max(.zero, contents.withLock { $0.machine.deadline } - clock.now())
    }

    var deadline: Instant { contents.withLock { $0.machine.deadline } }

    var wake: Instant { contents.withLock { $0.machine.wake } }

    func releaseAsked() -> GuardMachine.ReleaseAnswer {
        let now = clock.now()
        let (answer, change) = contents.withLock { contents in
            let before = contents.machine.state
            let answer = contents.machine.releaseAsked(now)
            return (answer, Self.change(of: &contents, contents.machine.state != before))
        }
        tell(change)
        return answer
    }

    /// True for the first who asks: what is left of the grant is given back once.
    func claimGiveBack() -> Bool {
        contents.withLock { contents in
            defer { contents.isClaimed = true }
            return !contents.isClaimed
        }
    }

    var lost: LockLost? {
        guard case .lost(let reason) = state else { return nil }
        return LockLost(names: wish.names, fence: fence, reason: reason)
    }

    func check() throws {
        switch state {
        case .held, .renewing, .atRisk: return
        case .lost(let reason):
            throw LockLost(names: wish.names, fence: fence, reason: reason)
        case .released: throw HoldfastError.state("the lock was given back already")
        }
    }

    // MARK: Watching

    /// Something comes whenever the state has changed; it ends with the last state.
    func changes() -> AsyncStream<Void> {
        let (stream, watcher) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let number = contents.withLock { contents -> UInt64? in
            guard contents.machine.state.isHeld else { return nil }
            contents.lastWatcher += 1
            contents.watchers[contents.lastWatcher] = watcher
            return contents.lastWatcher
        }
        guard let number else {
            watcher.finish()
            return stream
        }
        watcher.onTermination = { [weak self] _ in
            _ = self?.contents.withLock { $0.watchers.removeValue(forKey: number) }
        }
        return stream
    }
}
