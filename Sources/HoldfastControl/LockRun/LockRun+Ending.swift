internal import HoldfastBase

/// What happens once the program was told to end, and how all of it ends.
extension LockRun {
    mutating func handleEnding(
        _ event: Event, _ lease: Lease, _ ending: Ending, _ now: Instant
    ) -> [Action] {
        var lease = lease
        var ending = ending
        switch event {
        case .childEnded(let end):
            ending.end = end
            ending.lookAt = min(now + Self.lookEvery, ending.killAt)
            state = .ending(lease, ending)
            return [.lookAtGroup]
        case .groupGone:
            return ending.end == nil ? [] : release(.lost, lease)
        case .timer:
            let renewal = lease.renewal(now)
            if now >= ending.killAt {
                guard ending.end == nil else { return release(.lost, lease, renewal + [.kill]) }
                state = .killed(lease, ending)
                return renewal + [.say(.killing), .kill]
            }
            var look: [Action] = []
            if ending.end != nil, now >= ending.lookAt {
                ending.lookAt = min(now + Self.lookEvery, ending.killAt)
                look = [.lookAtGroup]
            }
            state = .ending(lease, ending)
            return renewal + look
        case .renewed(let sent, let life): lease.renewed(sent, life, plan)
        case .renewalFailed(let isLost):
            lease.renewAt = isLost ? .never : now + Self.pause(plan)
        case .signalled(let number): return ending.end == nil ? [.signal(number)] : []
        // It is ending: a stop now is of no use to anybody.
        case .childStopped: return [.proceed]
        case .granted, .refused, .acquireFailed, .started, .startFailed, .released: return []
        }
        state = .ending(lease, ending)
        return []
    }

    mutating func handleKilled(
        _ event: Event, _ lease: Lease, _ ending: Ending, _ now: Instant
    ) -> [Action] {
        var lease = lease
        switch event {
        case .childEnded: return release(.lost, lease)
        case .renewed(let sent, let life): lease.renewed(sent, life, plan)
        case .renewalFailed(let isLost):
            lease.renewAt = isLost ? .never : now + Self.pause(plan)
        case .timer:
            let actions = lease.renewal(now)
            state = .killed(lease, ending)
            return actions
        case .granted, .refused, .acquireFailed, .started, .startFailed, .childStopped,
            .groupGone, .signalled, .released:
            return []
        }
        state = .killed(lease, ending)
        return []
    }

    // MARK: Ends

    mutating func giveUp(_ outcome: Outcome, _ waiting: Waiting) -> [Action] {
        guard waiting.mayHold else {
            state = .done(outcome)
            return []
        }
        state = .releasing(outcome)
        return [.release(isSure: false)]
    }

    mutating func release(
        _ outcome: Outcome, _ lease: Lease, _ before: [Action] = []
    ) -> [Action] {
        state = .releasing(outcome)
        return before + [.release(isSure: lease.sendings == 1)]
    }
}
