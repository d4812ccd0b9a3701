package import HoldfastBase

/// What `lock run` is told.
package struct LockRunPlan: Hashable, Sendable {
    /// What is done with the program when the lock is about to be lost, or is lost.
    package enum OnLost: String, Hashable, Sendable, CaseIterable {
        /// SIGTERM, and SIGKILL when it does not end.
        case term
        /// SIGKILL.
        case kill
        /// Nothing; it is said.
        case ignore
    }

    package static let ttlDefault = Interval.seconds(30)
    package static let killAfterMax = Interval.seconds(10)

    package var ttl: Interval
    package var wait: Interval
    package var onLost: OnLost
    /// From SIGTERM to SIGKILL.
    package var killAfter: Interval

    package init(
        ttl: Interval = LockRunPlan.ttlDefault, wait: Interval = .zero, onLost: OnLost = .term,
        killAfter: Interval? = nil
    ) {
        self.ttl = ttl
        self.wait = wait
        self.onLost = onLost
        self.killAfter = killAfter ?? min(Self.killAfterMax, ttl.part(4))
    }

    /// How long before the deadline a program must be gone: SIGKILL takes a moment.
    package var margin: Interval { min(.milliseconds(500), max(.milliseconds(10), ttl.part(20))) }

    /// How long before the deadline the program is told to end.
    var notice: Interval {
        switch onLost {
        case .term: margin + killAfter
        case .kill: margin
        // Nobody is to be gone by then.
        case .ignore: .zero
        }
    }
}

extension Interval {
    /// One of so many equal parts.
    func part(_ count: Int64) -> Interval { Interval(nanoseconds: nanoseconds / count) }
}
