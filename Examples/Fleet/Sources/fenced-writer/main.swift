import Fleet
import Glibc
import Holdfast

// fenced-writer FILE ORDER STATUS [--pause]: sets the status of an order in a database of SQLite, under the
// order's lock and its fence. With --pause it stops itself at the worst moment, until SIGCONT.
let words = CommandLine.arguments.dropFirst().filter { $0 != "--pause" }
guard words.count == 3, let order = Int64(words[1]) else {
    fail("usage: fenced-writer FILE ORDER STATUS [--pause]", status: 2)
}
let pauses = CommandLine.arguments.contains("--pause")

do {
    let orders = try OrderTable(words[0])
    try await withHoldfast(connection()) { client in
        try await client.withLock("orders/\(order)", LockOptions(ttl: .seconds(1))) { lock in
            try lock.check()
            say("fence \(lock.fence)")
            // Nothing can be done against a pause here, but by the database.
            if pauses { raise(SIGSTOP) }
            do {
                try orders.set(order, to: words[2], fence: lock.fence)
                say("order \(order) is \(words[2])")
            } catch let stale as StaleHolder {
                // What the guard has found out as well by now is thrown behind the body: LockLost.
                say("\(stale)")
            }
        }
    }
} catch let lost as LockLost {
    fail("fenced-writer: \(lost)", status: 4)
} catch {
    fail("fenced-writer: \(error)")
}
