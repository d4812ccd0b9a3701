internal import HoldfastBase

/// Decides whether one grant is held: a pure value.
///
/// It is told what became of the renewals that concern it and what time it is. Time alone ends it: when
/// its deadline passes it is lost, whatever is under way, and a renewal that is confirmed later changes
/// nothing. A release ends it *before* anything is sent.
struct GuardMachine: Sendable {
    /// What the holder has to do to give the grant back.
    enum ReleaseAnswer: Equatable, Sendable {
        /// Send the release.
        case send
        /// It was given back before.
        case isReleased
        /// There is nothing to give back.
        case isLost(LossReason)
    }

    /// Exits: see `GuardState`.
    private(set) var state = GuardState.held
    /// Until when it is counted on.
    private(set) var deadline: Instant
    /// Not longer than this, whatever is renewed.
    private let longest: Instant
    /// What one renewal gives.
    private let lifetime: Interval

    init(deadline: Instant, lifetime: Interval, longest: Instant = .never) {
        self.deadline = min(deadline, longest)
        self.lifetime = lifetime
        self.longest = longest
    }

    /// When less than two fifths of the time are left.
    private var riskBegins: Instant {
        deadline + Interval(nanoseconds: -lifetime.thousandths(400).nanoseconds)
    }

    /// `timeReached` is to be called then; `never` when it is over.
    var wake: Instant {
        switch state {
        case .held, .renewing: min(riskBegins, deadline)
        case .atRisk: deadline
        case .lost, .released: .never
        }
    }

    /// Looks at the time. True when the state has changed; so do the other events.
    mutating func timeReached(_ now: Instant) -> Bool {
        switch state {
        case .lost, .released: return false
        case .held, .renewing, .atRisk: break
        }
        if now >= deadline {
            state = .lost(deadline == longest ? .heldTooLong : .expired)
            return true
        }
        guard now >= riskBegins, state != .atRisk else { return false }
        state = .atRisk
        return true
    }

    /// A renewal is on its way.
    mutating func renewalSent(_ now: Instant) -> Bool {
        let changed = timeReached(now)
        guard state == .held else { return changed }
        state = .renewing
        return true
    }

    /// A renewal was confirmed in time or too late.
    mutating func renewalAnswered(until end: Instant, _ now: Instant) -> Bool {
        let before = state
        // What is over stays over: the deadline is looked at before it is moved.
        _ = timeReached(now)
        guard state.isHeld else { return state != before }
        deadline = max(deadline, min(end, longest))
        state = .held
        _ = timeReached(now)
        return state != before
    }

    /// Somebody who knows says that it is not held any more.
    mutating func lossTold(_ reason: LossReason) -> Bool {
        guard state.isHeld else { return false }
        state = .lost(reason)
        return true
    }

    /// The holder gives it back.
    mutating func releaseAsked(_ now: Instant) -> ReleaseAnswer {
        _ = timeReached(now)
        switch state {
        case .held, .renewing, .atRisk:
            state = .released
            return .send
        case .released: return .isReleased
        case .lost(let reason): return .isLost(reason)
        }
    }
}
