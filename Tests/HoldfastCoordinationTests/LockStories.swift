import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

@Suite("Locks", .serialized)
struct LockStories {
    @Test("a free lock is granted in one round trip, with a fence", arguments: [1, 3, 5])
    func free(nodes: Int) throws {
        var bench = Bench(nodes: nodes)
        let before = bench.executed
        let granted = try #require(bench.get(acquire("a", 1))?.granted)
        #expect(granted.strength >= nodes / 2 + 1)
        #expect(bench.executed == before.map { $0 + 1 })
        #expect(bench.get(release("a", 1)) == .released(true))
        let next = try #require(bench.get(acquire("a", 2))?.granted)
        #expect(next.fence > granted.fence)
    }

    @Test("a held lock is refused with who holds it and how long")
    func held() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1, ttl: 5000))
        bench.pass(1000)
        let refusal = try #require(bench.get(acquire("a", 2))?.notHeld?.refusal)
        #expect(refusal.reason == .held)
        #expect(refusal.holder == grant(1))
        #expect(refusal.remainingMilliseconds == 4000)
    }

    @Test("a repeat of the same request gets the same grant")
    func idempotent() throws {
        var bench = Bench(nodes: 3)
        let first = try #require(bench.get(acquire("a", 1))?.granted)
        let again = try #require(bench.get(acquire("a", 1))?.granted)
        #expect(first.fence == again.fence)
    }

    @Test("a grant ends with its time, and is not revived")
    func expiry() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1, ttl: 1000))
        let renew = CoordinationRequest.renew(
            names: ["a"], grant: grant(1), ttlMilliseconds: 1000)
        bench.pass(900)
        guard case .renewed = bench.get(renew) else {
            Issue.record("not renewed")
            return
        }
        bench.pass(900)
        #expect(bench.get(acquire("a", 2))?.notHeld != nil)
        bench.pass(101)
        #expect(bench.get(renew)?.failure?.code == .notOwner)
        #expect(bench.get(acquire("a", 2))?.granted != nil)
    }

    @Test("who waits gets the lock when it is released, in the order of arrival")
    func order() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1))
        let calls = (2...6).map { bench.ask(acquire("a", $0, wait: 60_000)) }
        bench.settle()
        for (index, call) in calls.enumerated() {
            #expect(bench.answers[call] == nil)
            let number = UInt64(index + 1)
            #expect(bench.get(release("a", number)) == .released(true))
            #expect(bench.answers[call]?.granted != nil, "waiter \(index)")
        }
        #expect(bench.get(release("a", 6)) == .released(true))
        bench.pass(1000)
        #expect(bench.servers[0].contents.waiting == 0)
        #expect(bench.servers[0].contents.acquisitions == 0)
        #expect(bench.servers[0].contents.queues == 0)
        for node in bench.nodes { #expect(node.contents.waiters == 0) }
    }

    @Test("a release and the next grant are one step on each node")
    func handOff() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1))
        let waiter = bench.ask(acquire("a", 2, wait: 60_000))
        bench.settle()
        let before = bench.executed
        _ = bench.get(release("a", 1))
        #expect(bench.answers[waiter]?.granted != nil)
        #expect(bench.executed == before.map { $0 + 1 })
    }

    @Test("of many who begin to wait at once, one asks the nodes; all get the lock in their order")
    func crowd() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1))
        let before = bench.executed
        // Nothing is delivered in between: the first is still asking when the others come.
        let calls = (2...33).map { bench.ask(acquire("a", $0, wait: 60_000)) }
        bench.settle()
        // A node that answers after the others have settled it is told once more.
        for (now, then) in zip(bench.executed, before) { #expect(now <= then + 2) }
        for node in bench.nodes { #expect(node.contents.waiters == 1) }
        for (index, call) in calls.enumerated() {
            _ = bench.get(release("a", UInt64(index + 1)))
            #expect(bench.answers[call]?.granted != nil, "waiter \(index)")
            #expect(calls.dropFirst(index + 1).allSatisfy { bench.answers[$0] == nil })
        }
        #expect(bench.servers[0].contents.waiting == 0)
    }

    @Test("who waits behind one that is granted at once gets the lock after it")
    func behindGranted() throws {
        var bench = Bench(nodes: 3)
        let first = bench.ask(acquire("a", 1, wait: 60_000))
        let second = bench.ask(acquire("a", 2, wait: 60_000))
        bench.settle()
        #expect(bench.answers[first]?.granted != nil)
        #expect(bench.answers[second] == nil)
        bench.pass(100)
        _ = bench.get(release("a", 1))
        #expect(bench.answers[second]?.granted != nil)
        _ = bench.get(release("a", 2))
        #expect(bench.servers[0].contents.queues == 0)
        for node in bench.nodes { #expect(node.contents.waiters == 0) }
    }

    @Test("waiters of two servers take turns by their tickets")
    func acrossServers() throws {
        var bench = Bench(nodes: 3, servers: 2)
        _ = bench.get(acquire("a", 1), server: 0)
        var calls: [(call: CallID, server: Int)] = []
        for number in 2...7 as ClosedRange<UInt64> {
            let server = Int(number % 2)
            calls.append((bench.ask(acquire("a", number, wait: 600_000), server: server), server))
            bench.pass(50)
        }
        var server = 0
        for (index, next) in calls.enumerated() {
            _ = bench.get(release("a", UInt64(index + 1)), server: server)
            bench.pass(30)
            #expect(bench.answers[next.call]?.granted != nil, "waiter \(index)")
            server = next.server
        }
    }

    @Test("a waiter gets the lock when its holder vanishes")
    func vanished() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1, ttl: 2000))
        let waiter = bench.ask(acquire("a", 2, wait: 60_000))
        bench.pass(1990)
        #expect(bench.answers[waiter] == nil)
        bench.pass(30)
        #expect(bench.answers[waiter]?.granted != nil)
    }

    @Test("who stops waiting leaves nothing behind", arguments: [0, 5, 100])
    func cancelled(after: Int64) throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1))
        let waiter = bench.ask(acquire("a", 2, wait: 60_000))
        if after > 0 { bench.pass(after) }
        bench.end(waiter)
        bench.settle()
        for node in bench.nodes { #expect(node.contents.waiters == 0) }
        #expect(bench.servers[0].contents.waiting == 0)
        #expect(bench.servers[0].contents.acquisitions == 0)
        _ = bench.get(release("a", 1))
        #expect(bench.get(acquire("a", 3))?.granted != nil)
    }

    @Test("a wait ends at its time, with who holds the lock")
    func waitOver() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1))
        let waiter = bench.ask(acquire("a", 2, wait: 500))
        let second = bench.ask(acquire("a", 3, wait: 400))
        bench.pass(399)
        #expect(bench.answers[waiter] == nil)
        bench.pass(2)
        #expect(bench.answers[second]?.notHeld?.refusal.holder == grant(1))
        bench.pass(100)
        #expect(bench.answers[waiter]?.notHeld?.refusal.holder == grant(1))
        for node in bench.nodes { #expect(node.contents.waiters == 0) }
    }

    @Test("readers share, a writer comes between them by its ticket")
    func shared() throws {
        var bench = Bench(nodes: 3)
        #expect(bench.get(acquire("a", 1, mode: .shared))?.granted != nil)
        #expect(bench.get(acquire("a", 2, mode: .shared))?.granted != nil)
        let writer = bench.ask(acquire("a", 3, wait: 60_000))
        bench.settle()
        let reader = bench.ask(acquire("a", 4, wait: 60_000, mode: .shared))
        bench.pass(50)
        #expect(bench.answers[reader] == nil)
        _ = bench.get(release("a", 1))
        #expect(bench.answers[writer] == nil)
        _ = bench.get(release("a", 2))
        #expect(bench.answers[writer]?.granted != nil)
        _ = bench.get(release("a", 3))
        #expect(bench.answers[reader]?.granted != nil)
    }

    @Test("several readers at the head of the queue all get in")
    func readersTogether() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("a", 1))
        let readers = (2...5).map { bench.ask(acquire("a", $0, wait: 60_000, mode: .shared)) }
        bench.settle()
        _ = bench.get(release("a", 1))
        bench.pass(50)
        for reader in readers { #expect(bench.answers[reader]?.granted != nil) }
    }

    @Test("several locks are taken together or not at all")
    func several() throws {
        var bench = Bench(nodes: 3)
        _ = bench.get(acquire("b", 1))
        let both = AcquireRequest(names: ["a", "b"], grant: grant(2))
        #expect(bench.get(.acquire(both))?.notHeld?.refusal.name == 1)
        #expect(bench.get(acquire("a", 3))?.granted != nil)
        _ = bench.get(release("a", 3))
        _ = bench.get(release("b", 1))
        #expect(bench.get(.acquire(both))?.granted != nil)
        #expect(bench.get(acquire("a", 4))?.notHeld != nil)
        #expect(
            bench.get(.release(names: ["a", "b"], grant: grant(2), isSole: true)) == .released(true)
        )
    }

    @Test("two that want the same locks both get them in the end")
    func noDeadlock() throws {
        var bench = Bench(nodes: 3, servers: 2)
        _ = bench.get(acquire("b", 1))
        var one = AcquireRequest(names: ["a", "b"], grant: grant(2))
        one.waitMilliseconds = 60_000
        var two = AcquireRequest(names: ["b", "a"], grant: grant(3))
        two.waitMilliseconds = 60_000
        let first = bench.ask(.acquire(one), server: 0)
        bench.settle()
        bench.pass(10)
        let second = bench.ask(.acquire(two), server: 1)
        bench.settle()
        _ = bench.get(release("b", 1))
        bench.pass(100)
        #expect(bench.answers[first]?.granted != nil)
        _ = bench.get(.release(names: ["a", "b"], grant: grant(2), isSole: true))
        bench.pass(100)
        #expect(bench.answers[second]?.granted != nil)
    }

    @Test("a sole reader becomes the writer, with a new fence; a contended one is refused")
    func upgrade() throws {
        var bench = Bench(nodes: 3)
        let first = try #require(bench.get(acquire("a", 1, mode: .shared))?.granted)
        _ = bench.get(acquire("a", 2, mode: .shared))
        let change = CoordinationRequest.change(names: ["a"], grant: grant(1), mode: .exclusive)
        #expect(bench.get(change)?.notHeld?.refusal.holder == grant(2))
        _ = bench.get(release("a", 2))
        let upgraded = try #require(bench.get(change)?.granted)
        #expect(upgraded.fence > first.fence)
        #expect(bench.get(acquire("a", 3, mode: .shared))?.notHeld != nil)
        _ = bench.get(.change(names: ["a"], grant: grant(1), mode: .shared))
        #expect(bench.get(acquire("a", 3, mode: .shared))?.granted != nil)
    }

    @Test("a holder enters again, and the last to leave frees the lock")
    func reentrant() throws {
        var bench = Bench(nodes: 3)
        var request = AcquireRequest(names: ["a"], grant: grant(1))
        request.holder = "me"
        request.isReentrant = true
        let first = try #require(bench.get(.acquire(request))?.granted)
        request.grant = grant(2)
        let second = try #require(bench.get(.acquire(request))?.granted)
        #expect(second.fence == first.fence)
        #expect(second.isJoined)
        _ = bench.get(release("a", 1))
        #expect(bench.get(acquire("a", 3))?.notHeld != nil)
        _ = bench.get(release("a", 2))
        #expect(bench.get(acquire("a", 3))?.granted != nil)
    }

    @Test("after a holder vanished the lock stays free for its delay; after a release it does not")
    func lockDelay() throws {
        var bench = Bench(nodes: 3)
        var request = AcquireRequest(names: ["a"], grant: grant(1))
        request.ttlMilliseconds = 1000
        request.lockDelayMilliseconds = 5000
        _ = bench.get(.acquire(request))
        _ = bench.get(release("a", 1))
        request.grant = grant(2)
        #expect(bench.get(.acquire(request))?.granted != nil)
        bench.pass(1001)
        #expect(bench.get(acquire("a", 3))?.notHeld?.refusal.reason == .delayed)
        bench.pass(5000)
        #expect(bench.get(acquire("a", 3))?.granted != nil)
    }

    /// The first server takes back what it did for a caller that is gone, after the second has
    /// answered the same request.
    @Test("a caller that goes to another server keeps what that one granted", arguments: [0, 5000])
    func anotherServer(wait: UInt64) throws {
        var bench = Bench(nodes: 3, servers: 2)
        let first = bench.ask(acquire("a", 1, wait: wait), server: 0)
        for node in 0..<3 { bench.execute(0, node) }
        let second = bench.ask(acquire("a", 1, wait: wait), server: 1)
        for node in 0..<3 { bench.deliver(1, node) }
        #expect(bench.answers[second]?.granted != nil)
        bench.end(first, server: 0)
        bench.settle()
        #expect(bench.get(acquire("a", 2))?.notHeld?.refusal.holder == grant(1))
        #expect(bench.get(release("a", 1), server: 1) == .released(true))
        #expect(bench.get(acquire("a", 3))?.granted != nil)
    }

    @Test("a waiter that goes to another server keeps its place there")
    func placeElsewhere() throws {
        var bench = Bench(nodes: 3, servers: 2)
        _ = bench.get(acquire("a", 1))
        let first = bench.ask(acquire("a", 2, wait: 60_000), server: 0)
        bench.settle()
        let second = bench.ask(acquire("a", 2, wait: 60_000), server: 1)
        bench.settle()
        bench.end(first, server: 0)
        bench.settle()
        for node in bench.nodes { #expect(node.contents.waiters == 1) }
        _ = bench.get(release("a", 1))
        bench.pass(30)
        #expect(bench.answers[second]?.granted != nil)
    }
}

@Suite("Names")
struct NameStories {
    /// The same letter, composed and decomposed: equal strings, and two names.
    @Test("are told apart by their bytes")
    func bytes() throws {
        var bench = Bench(nodes: 1)
        #expect(bench.get(acquire("caf\u{E9}", 1))?.granted != nil)
        #expect(bench.get(acquire("cafe\u{301}", 2))?.granted != nil)
        #expect(bench.nodes[0].contents.locks == 2)
        guard
            case .names(let names, _) = bench.get(
                .list(prefix: "caf\u{E9}", after: "", limit: 9, list: 0))
        else {
            Issue.record("no list")
            return
        }
        #expect(names.count == 1)
    }
}
