import Fleet
import Holdfast

// order-service: works off the orders whose numbers it reads, a line each, several at a time and never
// one twice at the same time. With HOLDFAST_ENDPOINTS all instances of a fleet agree on that; without,
// the tasks of this process do.

struct ErrorLog: HoldfastLog {
    func log(_ level: HoldfastLogLevel, _ message: String, _ facts: [String: String]) {
        if level != .debug { say("\(level.rawValue): \(message) \(facts)") }
    }
}

@Sendable func handle(_ order: String, _ locks: LockRegistry) async throws {
    try await withLock(locks.lock("orders/\(order)"), timeout: .seconds(30)) { lock in
        say("\(order) begins \(lock.fence)")
        try await Task.sleep(for: .milliseconds(30))
        try lock.check()
        say("\(order) ends \(lock.fence)")
    }
}

do {
    let client =
        variable("HOLDFAST_ENDPOINTS") == nil
        ? nil : try HoldfastClient(connection(), options: ClientOptions(log: ErrorLog()))
    let locks = LockRegistry(client.map { .remote($0) } ?? .local())
    try await untilTerminated {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for await order in inputLines() {
                group.addTask { try await handle(order, locks) }
            }
            try await group.waitForAll()
        }
    }
    await client?.shutDown()
    say("done \(locks.metrics().values.map(\.released).reduce(0, +))")
} catch {
    fail("order-service: \(error)")
}
