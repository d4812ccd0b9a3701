package import HoldfastBase

extension LockRun {
    enum State: Sendable {
        /// The acquire is under way, or about to be sent again. → starting, confirming, releasing, done
        case waiting(Waiting)
        /// The locks are held, but it may be an earlier sending that took them: a renewal tells for how
        /// long. → starting, releasing
        case confirming(Lease)
        /// The program is being started. → running, releasing
        case starting(Lease)
        /// The program runs. → ending, killed, releasing
        case running(Lease)
        /// The program has ended, and what it started in its process group works on: the lock is kept
        /// until that ends, too. → ending, releasing
        case lingering(Lease, Leftover)
        /// The program was told to end, for the lock is lost or about to be. → killed, releasing
        case ending(Lease, Ending)
        /// The program was killed and has not ended yet. → releasing
        case killed(Lease, Ending)
        /// The lock is being given back. → done
        case releasing(Outcome)
        case done(Outcome)
    }

    struct Waiting: Sendable {
        let begun: Instant
        /// How often the acquire was sent.
        var sendings = 1
        /// An earlier sending may have taken effect.
        var mayHold = false
        /// When to send it again; while it is under way, never.
        var retryAt: Instant?
    }

    /// What is known of the lock.
    struct Lease: Sendable {
        /// Nothing is promised from then on.
        var deadline: Instant
        /// When the next renewal goes out; while one is under way, or all is lost, never.
        var renewAt: Instant
        /// It was said that the time gets short.
        var isWarned = false
        /// It is over, and the program goes on all the same.
        var isIgnored = false
        /// The program is stopped, and when to look whether it can have the terminal; otherwise, never.
        var lookAt = Instant.never
        let sendings: Int

        var isStopped: Bool { lookAt != .never }

        /// The next moment at which something has to be done about the program.
        func nextAlarm(_ plan: LockRunPlan) -> Instant {
            if isIgnored { return lookAt }
            let notice = min(noticeAt(plan), lookAt)
            return isWarned ? notice : min(notice, warnAt(plan))
        }

        func noticeAt(_ plan: LockRunPlan) -> Instant {
            deadline + Interval(nanoseconds: -plan.notice.nanoseconds)
        }

        func lastAt(_ plan: LockRunPlan) -> Instant {
            deadline + Interval(nanoseconds: -plan.margin.nanoseconds)
        }

        /// Two fifths of the time are left: renewals should have come through long since.
        func warnAt(_ plan: LockRunPlan) -> Instant {
            deadline + Interval(nanoseconds: -plan.ttl.nanoseconds / 5 * 2)
        }

        /// A renewal is sent, if it is due.
        mutating func renewal(_ now: Instant) -> [Action] {
            guard now >= renewAt else { return [] }
            renewAt = .never
            return [.renew]
        }

        mutating func renewed(_ sent: Instant, _ life: Interval, _ plan: LockRunPlan) {
            // Answers may overtake each other.
            deadline = max(deadline, LockRun.deadline(sent, .zero, life))
            renewAt = sent + plan.ttl.part(3)
            isWarned = false
        }
    }

    /// What a program that has ended started, and left in its group.
    struct Leftover: Sendable {
        let end: ChildEnd
        /// When to look again whether it is there.
        var lookAt: Instant
        var looks = 1
    }

    /// A program that was told to end.
    struct Ending: Sendable {
        var killAt: Instant
        /// How it ended; others of its group are still there.
        var end: ChildEnd?
        var lookAt = Instant.never
    }

    /// What is to be done, in this order.
    package enum Action: Hashable, Sendable {
        /// Sends the acquire, with the time it has waited.
        case acquire(waited: Interval)
        case start
        case renew
        /// Signals the process group.
        case signal(Int32)
        case kill
        /// Lets a stopped group go on.
        case proceed
        /// Gives the stopped program the terminal, if we have been given it meanwhile.
        case handOver
        /// Says whether anything of the group is left.
        case lookAtGroup
        /// Gives back what is held; `isSure` when nothing of the acquire can still be on its way.
        case release(isSure: Bool)
        case say(Note)
    }

    /// What the user is told.
    package enum Note: Hashable, Sendable {
        case retrying
        case atRisk(left: Interval)
        case lost
        case expired
        /// It could not be renewed for too long, and is held for a while yet.
        case expiring(left: Interval)
        /// The program has ended, and what it has started has not.
        case worksOn
        case ending(killAfter: Interval)
        case killing
        case goesOn
        case cannotStop
        case isStopped
        case notReleased
    }

    static func deadline(_ sent: Instant, _ waited: Interval, _ life: Interval) -> Instant {
        let whole = waited + life
        let sure = whole.nanoseconds / 100 * 99 - 2_000_000
        return sent + Interval(nanoseconds: max(0, sure))
    }
}
