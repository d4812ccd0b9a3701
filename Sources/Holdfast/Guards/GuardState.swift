/// Where a guard stands.
///
/// held → renewing → held, over and over; atRisk when two fifths of the time are left and no renewal
/// has been confirmed, and back to held when one is; at last lost or released, and nothing follows.
@nonexhaustive
public enum GuardState: Hashable, Sendable {
    /// Held, and no renewal is under way.
    case held
    /// Held; a renewal has been sent and is not answered yet.
    case renewing
    /// Held, but only two fifths of the time to live or less are left. Time to wind up what cannot be
    /// stopped at once.
    case atRisk
    /// Not held any more, although nobody gave it back. It stays so: a grant is never revived.
    case lost(LossReason)
    /// Given back by its holder.
    case released

    /// Whether the holder may go on.
    public var isHeld: Bool {
        switch self {
        case .held, .renewing, .atRisk: true
        case .lost, .released: false
        }
    }
}

/// Why a grant was lost.
@nonexhaustive
public enum LossReason: String, Hashable, Sendable {
    /// The time to live is over, and no renewal was confirmed in it: the network, the servers or this
    /// process stood still.
    case expired
    /// The nodes do not have the grant any more: it was released by force, or nodes lost their data.
    case takenAway
    /// The session is over, and all its grants with it.
    case sessionOver
    /// It was held as long as `maxHold` allows.
    case heldTooLong
    /// The client or the session was closed while the guard was held.
    case closed
}
