package import HoldfastBase

extension LockRun {
    /// What `event` leads to.
    package mutating func handle(_ event: Event, now: Instant) -> [Action] {
        let actions = next(event, now)
        switch state {
        case .starting(let lease), .running(let lease), .lingering(let lease, _),
            .ending(let lease, _), .killed(let lease, _):
            deadline = lease.deadline
        case .releasing: if releaseBegun == nil { releaseBegun = now }
        case .waiting, .confirming, .done: break
        }
        return actions
    }

    private mutating func next(_ event: Event, _ now: Instant) -> [Action] {
        switch state {
        case .waiting(let waiting): return handleWaiting(event, waiting, now)
        case .confirming(let lease): return handleConfirming(event, lease, now)
        case .starting(let lease): return handleStarting(event, lease, now)
        case .running(let lease): return handleRunning(event, lease, now)
        case .lingering(let lease, let leftover):
            return handleLingering(event, lease, leftover, now)
        case .ending(let lease, let ending): return handleEnding(event, lease, ending, now)
        case .killed(let lease, let ending): return handleKilled(event, lease, ending, now)
        case .releasing(let outcome):
            if case .released(let isDone) = event {
                state = .done(outcome)
                return isDone ? [] : [.say(.notReleased)]
            }
            // Somebody does not want to wait for it. What comes within a moment is the same wish:
            // timeout(1), for one, signals the process and then its group.
            if case .signalled(let number) = event, Self.endsWait.contains(number),
                let releaseBegun, now >= releaseBegun + Self.moment
            {
                state = .done(outcome)
                return [.say(.notReleased)]
            }
            // Answers that are late.
            return []
        case .done: return []
        }
    }

    // MARK: Before the program runs

    private mutating func handleWaiting(
        _ event: Event, _ waiting: Waiting, _ now: Instant
    ) -> [Action] {
        switch event {
        case .granted(let sent, let waited, let life):
            var lease = Lease(
                deadline: Self.deadline(sent, waited, life), renewAt: sent + plan.ttl.part(3),
                sendings: waiting.sendings)
            guard !waiting.mayHold else {
                lease.renewAt = .never
                state = .confirming(lease)
                return [.renew]
            }
            // The process was stopped, or the answer took its time.
            guard now < lease.noticeAt(plan) else { return release(.lost, lease, [.say(.expired)]) }
            state = .starting(lease)
            return [.start]
        case .refused:
            return giveUp(.notAcquired, waiting)
        case .acquireFailed(let mayRetry, let mayHold, let status):
            let end = waiting.begun + plan.wait
            var waiting = waiting
            if mayHold { waiting.mayHold = true }
            guard mayRetry, now < end else { return giveUp(.failed(status), waiting) }
            waiting.retryAt = min(end, now + Self.pause(plan))
            state = .waiting(waiting)
            return waiting.sendings == 1 ? [.say(.retrying)] : []
        case .timer:
            guard let retryAt = waiting.retryAt, now >= retryAt else { return [] }
            var waiting = waiting
            waiting.retryAt = nil
            waiting.sendings += 1
            state = .waiting(waiting)
            return [.acquire(waited: now - waiting.begun)]
        case .signalled(let number):
            guard Self.endsWait.contains(number) else { return [] }
            state = .releasing(.interrupted)
            return [.release(isSure: false)]
        // Nothing runs yet, and nothing is held.
        case .started, .startFailed, .renewed, .renewalFailed, .childEnded, .childStopped,
            .groupGone, .released:
            return []
        }
    }

    private mutating func handleConfirming(
        _ event: Event, _ lease: Lease, _ now: Instant
    ) -> [Action] {
        var lease = lease
        switch event {
        case .renewed(let sent, let life):
            lease.deadline = Self.deadline(sent, .zero, life)
            lease.renewAt = sent + plan.ttl.part(3)
            guard now < lease.noticeAt(plan) else { return release(.lost, lease, [.say(.expired)]) }
            state = .starting(lease)
            return [.start]
        case .renewalFailed(let isLost):
            // What is held, if anything, is held until the time of the latest sending.
            guard !isLost, now < lease.noticeAt(plan) else {
                return release(.lost, lease, [.say(isLost ? .lost : .expired)])
            }
            lease.renewAt = now + Self.pause(plan)
            state = .confirming(lease)
            return []
        case .timer:
            let actions = lease.renewal(now)
            state = .confirming(lease)
            return actions
        case .signalled(let number):
            guard Self.endsWait.contains(number) else { return [] }
            return release(.interrupted, lease)
        case .granted, .refused, .acquireFailed, .started, .startFailed, .childEnded,
            .childStopped, .groupGone, .released:
            return []
        }
    }

    /// SIGHUP, SIGINT, SIGQUIT, SIGTERM.
    static let endsWait: Set<Int32> = [1, 2, 3, 15]
    /// SIGCONT.
    private static let proceeds: Int32 = 18

    private mutating func handleStarting(
        _ event: Event, _ lease: Lease, _ now: Instant
    ) -> [Action] {
        var lease = lease
        switch event {
        case .started:
            let signals = pendingSignals.map { Action.signal($0) }
            pendingSignals = []
            state = .running(lease)
            return signals + alarm(lease, now)
        case .startFailed(let isMissing):
            return release(.cannotStart(isMissing: isMissing), lease)
        case .signalled(let number):
            if pendingSignals.count < Self.pendingSignalsMax { pendingSignals.append(number) }
            return []
        case .renewed(let sent, let life): lease.renewed(sent, life, plan)
        case .renewalFailed(let isLost):
            // Seen to when the program runs, which is a moment away.
            lease.renewAt = isLost ? .never : now + Self.pause(plan)
            if isLost { lease.deadline = now }
        case .timer:
            let actions = lease.renewal(now)
            state = .starting(lease)
            return actions
        case .childEnded, .childStopped:
            // Then it was started: another thread says so, which may come later.
            let started = next(.started, now)
            return started + next(event, now)
        case .granted, .refused, .acquireFailed, .groupGone, .released:
            return []
        }
        state = .starting(lease)
        return []
    }

    // MARK: While it runs

    private mutating func handleRunning(
        _ event: Event, _ lease: Lease, _ now: Instant
    ) -> [Action] {
        var lease = lease
        switch event {
        case .renewed(let sent, let life):
            guard !lease.isIgnored else { return [] }
            lease.renewed(sent, life, plan)
            state = .running(lease)
            return alarm(lease, now)
        case .renewalFailed(let isLost):
            guard !lease.isIgnored else { return [] }
            lease.renewAt = isLost ? .never : now + Self.pause(plan)
            state = .running(lease)
            return isLost ? lost(lease, nil, now, .lost) : alarm(lease, now)
        case .timer:
            let renewal = lease.renewal(now)
            var look: [Action] = []
            if now >= lease.lookAt {
                lease.lookAt = now + Self.handOverEvery
                look = [.handOver]
            }
            state = .running(lease)
            return renewal + look + alarm(lease, now)
        case .childEnded(let end):
            guard !lease.isIgnored else { return release(.unlocked(end), lease) }
            lease.lookAt = .never
            state = .lingering(lease, Leftover(end: end, lookAt: now + Self.lookEvery))
            return [.lookAtGroup]
        case .childStopped(let isByTerminal):
            // Whoever is stopped while it holds a lock keeps everybody else waiting.
            if isByTerminal { return [.say(.cannotStop), .proceed] }
            lease.lookAt = now + Self.handOverEvery
            state = .running(lease)
            return [.say(.isStopped)]
        case .signalled(let number):
            // A program that is stopped would hear of its end when it goes on, and not before.
            let end: [Action] =
                lease.isStopped && Self.endsWait.contains(number) ? [.proceed] : []
            if number == Self.proceeds || !end.isEmpty { lease.lookAt = .never }
            state = .running(lease)
            return [.signal(number)] + end
        case .granted, .refused, .acquireFailed, .started, .startFailed, .groupGone, .released:
            return []
        }
    }

    /// What the time asks for while the program runs, or what it has started does.
    mutating func alarm(_ lease: Lease, _ now: Instant, _ leftover: Leftover? = nil) -> [Action] {
        guard !lease.isIgnored else { return [] }
        if now >= lease.noticeAt(plan) {
            let left = lease.deadline - now
            return lost(lease, leftover, now, left > .zero ? .expiring(left: left) : .expired)
        }
        guard !lease.isWarned, now >= lease.warnAt(plan) else { return [] }
        var lease = lease
        lease.isWarned = true
        state = leftover.map { .lingering(lease, $0) } ?? .running(lease)
        return [.say(.atRisk(left: lease.deadline - now))]
    }

    /// The lock is gone, or will be before anything can be done about it.
    mutating func lost(
        _ lease: Lease, _ leftover: Leftover?, _ now: Instant, _ note: Note
    ) -> [Action] {
        var lease = lease
        let last = lease.lastAt(plan)
        // A lock that was taken away leaves no time to wait for; the deadline is the latest in any case.
        let killAt = min(last, now + plan.killAfter)
        switch plan.onLost {
        case .ignore:
            if let leftover { return release(.unlocked(leftover.end), lease, [.say(note)]) }
            lease.isIgnored = true
            lease.renewAt = .never
            state = .running(lease)
            return [.say(note), .say(.goesOn)]
        case .term where killAt > now:
            var ending = Ending(killAt: killAt)
            if let leftover {
                ending.end = leftover.end
                ending.lookAt = min(now + Self.lookEvery, killAt)
            }
            state = .ending(lease, ending)
            return [.say(note), .say(.ending(killAfter: killAt - now)), .signal(15), .proceed]
        case .term, .kill:
            if leftover != nil { return release(.lost, lease, [.say(note), .kill]) }
            state = .killed(lease, Ending(killAt: now))
            return [.say(note), .kill]
        }
    }
}
