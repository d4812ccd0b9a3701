package import HoldfastBase

/// `lock run`, as a pure value: takes locks, has a program run while they are held, and has it ended
/// before they are not.
///
/// *The deadline* is that of docs/locks.md, counted from when the last confirmed request was sent.
/// Nothing else prolongs it: no answer that is late, no clock that stands still. A program that is to
/// be ended gets SIGTERM `killAfter` before the last moment, and SIGKILL at the last moment, which is
/// a little before the deadline, so that it is gone by then. That somebody took the lock away is found
/// out by a renewal; then both come at once, and after `killAfter`.
///
/// *Renewals* go out every third of the time to live and know nothing of the program. One that fails
/// is sent again soon, as long as there is time, whoever answers.
///
/// *Signals* that come while the program runs are passed on and change nothing else: what ends is the
/// program. Before it runs they end the wait.
///
/// *The program* is all of its process group: while anything of that works, the lock is kept. What it
/// ends with is the status of the process that was started.
///
/// It starts no process, has no clock and sends nothing: events and the time go in, actions come out.
package struct LockRun: Sendable {
    /// Events that may come from outside.
    package enum Event: Hashable, Sendable {
        /// The locks are held. `sent` is when the request was sent that was answered.
        case granted(sent: Instant, waited: Interval, life: Interval)
        /// They are not to be had, or not in time.
        case refused
        /// No answer, or none that counts; `mayHold` where the acquire may have taken effect.
        case acquireFailed(mayRetry: Bool, mayHold: Bool, status: ExitStatus)
        case started
        case startFailed(isMissing: Bool)
        case renewed(sent: Instant, life: Interval)
        case renewalFailed(isLost: Bool)
        case childEnded(ChildEnd)
        case childStopped(isByTerminal: Bool)
        /// Nothing is left of the program's process group.
        case groupGone
        case released(Bool)
        case signalled(Int32)
        /// The time is `wakeAt` or later.
        case timer
    }

    /// How a program ended.
    package enum ChildEnd: Hashable, Sendable {
        case exited(Int32)
        case killed(signal: Int32)

        /// As a shell tells it.
        package var status: Int32 {
            switch self {
            case .exited(let code): code
            case .killed(let signal): 128 + signal
            }
        }
    }

    /// How it all ended.
    package enum Outcome: Hashable, Sendable {
        case child(ChildEnd)
        /// The program was let go on when the lock was lost.
        case unlocked(ChildEnd)
        case notAcquired
        case failed(ExitStatus)
        case lost
        case interrupted
        case cannotStart(isMissing: Bool)

        package var status: Int32 {
            switch self {
            case .child(let end): end.status
            // It did what it did without the lock: that must not pass for a success.
            case .unlocked(let end): end.status == 0 ? ExitStatus.lost.rawValue : end.status
            case .notAcquired: ExitStatus.notInTime.rawValue
            case .failed(let status): status.rawValue
            case .lost: ExitStatus.lost.rawValue
            case .interrupted: ExitStatus.interrupted.rawValue
            case .cannotStart(let isMissing): isMissing ? 127 : 126
            }
        }
    }

    package let plan: LockRunPlan
    var state: State
    /// When the locks began to be given back.
    var releaseBegun: Instant?
    /// Signals that came while the program was being started.
    var pendingSignals: [Int32] = []

    package init(_ plan: LockRunPlan, now: Instant) {
        self.plan = plan
        state = .waiting(Waiting(begun: now))
    }

    /// What to do first.
    package mutating func begin() -> [Action] { [.acquire(waited: .zero)] }

    /// How it ended, once it has.
    package var outcome: Outcome? {
        if case .done(let outcome) = state { return outcome }
        return nil
    }

    /// Until when the locks are known to be held; `nil` while they never were.
    package internal(set) var deadline: Instant?

    /// When to send `timer`, unless something else happens before.
    package var wakeAt: Instant {
        switch state {
        case .waiting(let waiting): waiting.retryAt ?? .never
        case .confirming(let lease), .starting(let lease): lease.renewAt
        case .running(let lease): min(lease.renewAt, lease.nextAlarm(plan))
        case .lingering(let lease, let leftover):
            min(lease.renewAt, lease.nextAlarm(plan), leftover.lookAt)
        case .ending(let lease, let ending):
            min(lease.renewAt, ending.end == nil ? ending.killAt : ending.lookAt)
        case .killed(let lease, _): lease.renewAt
        case .releasing, .done: .never
        }
    }

    // MARK: Constants

    /// How soon a renewal that failed is sent again.
    static func pause(_ plan: LockRunPlan) -> Interval {
        min(.seconds(1), max(.milliseconds(20), plan.ttl.part(20)))
    }

    /// How often to look whether the rest of a process group has ended, and how often once it takes long.
    static let lookEvery = Interval.milliseconds(50)
    static let lookSeldom = Interval.milliseconds(200)
    /// So many looks find something that works on before that is said.
    static let looksInSilence = 3
    /// How often to look whether a program that waits for the terminal can have it: a shell that brings
    /// us to the foreground tells nobody.
    static let handOverEvery = Interval.milliseconds(200)
    /// Two signals within it are one.
    static let moment = Interval.milliseconds(200)
    /// Signals kept while the program is being started.
    static let pendingSignalsMax = 16
}
