internal import HoldfastBase
internal import HoldfastNode

/// Something that is to happen at a time, if it is still wanted then.
struct Timer: Sendable {
    enum Purpose: Hashable, Sendable {
        /// The nodes had their time to answer this try.
        case budget(SlotKey, number: UInt8)
        /// The nodes had their time to answer this round.
        case roundBudget(SlotKey)
        /// The caller does not wait longer.
        case waitOver(SlotKey)
        /// Try again.
        case retry(SlotKey, timer: UInt32)
        /// The nodes had their time to answer this renewal.
        case renewalBudget(SlotKey)
        case heartbeat
        /// Nobody counts on a lost grant any more.
        case lostOver(SlotKey)
        case autoRenewal(GrantID)
        /// Read the change logs.
        case watchPoll
        /// A watched grant should be over.
        case watchCheck(String)
        case key(KeyTag)
    }

    var at: Instant
    var order: UInt64
    var purpose: Purpose

    static func isBefore(_ left: Timer, _ right: Timer) -> Bool {
        left.at == right.at ? left.order < right.order : left.at < right.at
    }
}
