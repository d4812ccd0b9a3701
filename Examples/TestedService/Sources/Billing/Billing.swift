import Holdfast

/// Bills orders, each once, however many instances of the service are asked to.
struct Billing: Sendable {
    /// What became of an order.
    enum Outcome: Hashable, Sendable {
        case billed
        /// It was before.
        case alreadyBilled
        /// Another instance is at it.
        case busy
    }

    let client: HoldfastClient
    let bank: any Bank
    let ledger: Ledger

    /// Bills an order. Throws `LockLost` when the lock was lost on the way.
    func bill(_ order: String) async throws -> Outcome {
        do {
            let options = LockOptions(ttl: .seconds(9), wait: .seconds(2))
            return try await client.withLock("billing/\(order)", options) { lock in
                if await ledger.isBilled(order) { return .alreadyBilled }
                try await bank.charge(order)
                try lock.check()
                try await ledger.record(order, fence: lock.fence)
                return .billed
            }
        } catch is TimedOut {
            return .busy
        }
    }
}

/// Who moves the money. It takes its time, and knows itself what it has done for an order before.
protocol Bank: Sendable {
    func charge(_ order: String) async throws
}
