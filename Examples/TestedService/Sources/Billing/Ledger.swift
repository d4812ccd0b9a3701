/// What was billed: stands for a table of a database that compares fences.
actor Ledger {
    /// A later holder of the lock has been here.
    struct StaleHolder: Error, Equatable {
        let fence: UInt64
    }

    private var billed: Set<String> = []
    private var fences: [String: UInt64] = [:]

    init() {}

    func isBilled(_ order: String) -> Bool { billed.contains(order) }

    /// Writes down that an order is billed; refuses a fence that is smaller than one that it has seen.
    func record(_ order: String, fence: UInt64) throws {
        guard fences[order, default: 0] <= fence else { throw StaleHolder(fence: fence) }
        fences[order] = fence
        billed.insert(order)
    }
}
