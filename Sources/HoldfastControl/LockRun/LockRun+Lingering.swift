internal import HoldfastBase

/// What happens while the program has ended and its process group has not.
extension LockRun {
    mutating func handleLingering(
        _ event: Event, _ lease: Lease, _ leftover: Leftover, _ now: Instant
    ) -> [Action] {
        var lease = lease
        var leftover = leftover
        switch event {
        case .groupGone: return release(.child(leftover.end), lease)
        case .renewed(let sent, let life):
            lease.renewed(sent, life, plan)
            state = .lingering(lease, leftover)
            return alarm(lease, now, leftover)
        case .renewalFailed(let isLost):
            lease.renewAt = isLost ? .never : now + Self.pause(plan)
            state = .lingering(lease, leftover)
            return isLost ? lost(lease, leftover, now, .lost) : alarm(lease, now, leftover)
        case .timer:
            let renewal = lease.renewal(now)
            var look: [Action] = []
            if now >= leftover.lookAt {
                leftover.looks += 1
                look = [.lookAtGroup]
                if leftover.looks == Self.looksInSilence { look.append(.say(.worksOn)) }
                leftover.lookAt =
                    now + (leftover.looks > Self.looksInSilence ? Self.lookSeldom : Self.lookEvery)
            }
            state = .lingering(lease, leftover)
            return renewal + look + alarm(lease, now, leftover)
        case .signalled(let number):
            guard Self.endsWait.contains(number) else { return [.signal(number)] }
            // A shell has what it leaves behind ignore what Ctrl-C and Ctrl-\ send.
            let end: [Action] = [2, 3].contains(number) ? [.signal(15)] : []
            return [.signal(number)] + end + [.proceed]
        case .granted, .refused, .acquireFailed, .started, .startFailed, .childEnded,
            .childStopped, .released:
            return []
        }
    }
}
