import Fleet
import Holdfast

// leader-worker NAME: several run, and one of them works. Another takes over when it ends or dies.
guard CommandLine.arguments.count == 2 else { fail("usage: leader-worker NAME", status: 2) }
let name = CommandLine.arguments[1]

/// What the leader does, step by step; `fence` goes to whatever it changes.
@Sendable func work(_ term: LeaderTerm) async throws {
    var steps = 0
    while true {
        try term.check()
        steps += 1
        try await term.proclaim(Array("\(name), \(steps) steps".utf8))
        try await Task.sleep(for: .milliseconds(100))
    }
}

do {
    try await untilTerminated { [name] in
        try await withHoldfast(connection()) { client in
            // A short time to live: another leads two seconds after this one died.
            let options = LockOptions(ttl: .seconds(2), wait: .seconds(3600))
            while true {
                do {
                    try await client.lead("worker", value: Array(name.utf8), options) { term in
                        say("\(name) leads, term \(term.fence)")
                        try await work(term)
                    }
                } catch is TimedOut {
                    // Another leads all the time.
                } catch let lost as LockLost {
                    say("\(name) leads no more: \(lost.reason.explanation)")
                }
            }
        }
    }
    say("\(name) has stopped")
} catch {
    fail("leader-worker: \(error)")
}
