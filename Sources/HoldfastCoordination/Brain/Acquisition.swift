internal import HoldfastBase
internal import HoldfastNode

/// A caller's acquire from its arrival to its last answer: as many tries as its wait allows.
///
/// `trying` → `queued` (waits for its turn) | `closing` (answered; late answers are still taken in).
/// `queued` → `trying` | `closing`. It ends when nothing of it is under way.
struct Acquisition: Sendable {
    enum Phase: Hashable, Sendable {
        case trying
        case queued
        case closing
    }

    enum Purpose: Hashable, Sendable {
        case acquire
        /// Of a grant that is there: to this mode.
        case change(LockMode)
    }

    /// Who is to be answered; `nil` once that has been done, or the caller is gone.
    var call: CallID?
    var connection: ConnectionID = 0
    var purpose = Purpose.acquire
    let wish: Wish
    var request: AcquireRequest { wish.request }
    /// Of the try under way, among all tries of all handlings by all servers; see `Claim`.
    var claim: UInt64 = 0
    /// Of the try under way.
    var proposed: Fence = 0
    var phase = Phase.trying
    var round: GrantRound
    /// Of the tries; answers to an earlier one are told by it.
    var number: UInt8 = 0
    /// Of the configuration, in the try under way: all its votes are of one.
    var epoch: UInt64 = 0
    /// When the caller sent it last, as far as is known here.
    var arrived: Instant
    var tryStarted: Instant
    /// `zero` for one that does not wait.
    var waitUntil: Instant
    /// Whether nodes may keep a place in a queue for it.
    var isKnownToNodes = false
    /// Nodes that have said that its turn may have come since the last try.
    var wakes = NodeSet()
    /// A hint came while a try was under way.
    var isWokenMeanwhile = false
    var lastRefusal: Refusal? {
        get { lastRefusals.value }
        set { lastRefusals.value = newValue }
    }
    var lastRefusals = Aside<Refusal>()
    /// How many tries in a row got some nodes and not enough.
    var splits = 0
    /// Tries left after a change of epoch or an answer lost.
    var repeatsLeft = 3
    /// Which timer is in force: earlier ones find another number.
    var timer: UInt32 = 0

    var waits: Bool { waitUntil > .zero }

    /// What a node is asked in the try under way.
    var step: AcquireStep {
        var step = AcquireStep(names: request.names, grant: request.grant, mode: request.mode)
        step.session = request.session
        step.holder = request.holder
        step.isReentrant = request.isReentrant
        step.isFair = request.isFair
        step.ttlMilliseconds =
            request.session == nil ? request.ttlMilliseconds : request.maxHoldMilliseconds
        step.lockDelayMilliseconds = request.lockDelayMilliseconds
        step.proposed = proposed
        step.ticket = wish.ticket
        step.claim = claim
        step.waitingServer = wish.waitingServer
        step.value = request.value
        return step
    }
}

/// What never changes of an acquisition: kept once, however often the acquisition is looked at.
final class Wish: Sendable {
    let request: AcquireRequest
    let ticket: UInt64
    /// Where nodes are to keep a place in a queue.
    let waitingServer: ServerID?

    init(
        _ request: AcquireRequest, ticket: UInt64 = 0, waitingServer: ServerID? = nil
    ) {
        self.request = request
        self.ticket = ticket
        self.waitingServer = waitingServer
    }
}
