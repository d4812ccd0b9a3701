import Glibc
import HoldfastBase
import HoldfastNode
import HoldfastRedis
import Testing

/// The scripts as they ship, on a real server with its own clock.
@Suite("Scripts on a real node")
struct ScriptTests {
    private let node: RedisNode
    private let identity = GateIdentity(cluster: 7, epoch: 1, marker: 9)
    private let session = SessionID(high: 1, low: 2)

    init() throws {
        node = try RedisNode()
        _ = try node.execute(.form(identity), identity)
    }

    private func ask(_ command: NodeCommand) throws -> NodeReply {
        try node.execute(command, identity).reply
    }

    private func grant(_ number: UInt64) -> GrantID { GrantID(high: .max, low: number) }

    private func step(
        _ names: [String], _ number: UInt64, mode: LockMode = .exclusive, ttl: UInt64 = 30_000
    ) throws -> AcquireStep {
        var step = AcquireStep(names: names, grant: grant(number), mode: mode)
        step.ttlMilliseconds = ttl
        step.proposed = try time()
        step.ticket = step.proposed
        return step
    }

    /// The node's clock, by a command that does nothing else.
    private func time() throws -> UInt64 {
        guard case .accepted(let time) = try ask(.form(identity)) else { throw Failure("no time") }
        return time
    }

    private func expire(_ key: String) throws -> Int64 {
        guard case .integer(let number) = try node.connection.command("PTTL", key) else {
            throw Failure("no number")
        }
        return number
    }

    @Test("A lock is taken, answered again, refused to others, and given back")
    func lock() throws {
        let first = try step(["a"], 1)
        let granted = NodeReply.acquire(
            .granted(fence: first.proposed, primary: first.grant))
        for _ in 0..<2 { #expect(try ask(.acquire(first)) == granted) }
        guard case .acquire(.held(let refusal)) = try ask(.acquire(step(["a"], 2))) else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.reason == .held && refusal.holder == first.grant)
        #expect((29_000...30_000).contains(refusal.remainingMilliseconds ?? 0))
        #expect((149_000...150_000).contains(try expire("hf1:l:a")))
        for wasHeld in [true, false] {
            let release = ReleaseStep(names: ["a"], grant: first.grant)
            #expect(try ask(.release(release)) == .released(wasHeld: wasHeld, next: nil))
        }
        #expect((119_000...120_000).contains(try expire("hf1:l:a")))
        let second = try step(["a"], 2)
        #expect(
            try ask(.acquire(second))
                == .acquire(.granted(fence: second.proposed, primary: second.grant)))
    }

    @Test("Fences rise, whatever is proposed, and one far ahead is refused")
    func fences() throws {
        var last: Fence = 0
        for number in 1...20 as ClosedRange<UInt64> {
            var step = try step(["a"], number)
            if number % 2 == 0 { step.proposed = 5 }
            guard case .acquire(.granted(let fence, _)) = try ask(.acquire(step)) else {
                Issue.record("not granted")
                return
            }
            #expect(fence > last)
            last = fence
            _ = try ask(.release(ReleaseStep(names: ["a"], grant: step.grant)))
        }
        var step = try step(["b"], 30)
        step.proposed += 60_000_000
        guard case .acquire(.clockSkew) = try ask(.acquire(step)) else {
            Issue.record("not refused")
            return
        }
    }

    @Test("A grant is over when its time is, and its record goes two periods later")
    func expiry() throws {
        _ = try ask(.acquire(step(["a"], 1, ttl: 30)))
        usleep(40_000)
        guard case .acquire(.granted) = try ask(.acquire(step(["a"], 2))) else {
            Issue.record("still held")
            return
        }
        #expect(
            try ask(.renew(names: ["a"], grant: grant(1), ttlMilliseconds: 1000, seed: nil))
                == .renewed(.lost))
    }

    @Test("A release that is buried refuses the acquire that comes late")
    func tombstone() throws {
        var release = ReleaseStep(names: ["a"], grant: grant(1))
        release.isBuried = true
        #expect(try ask(.release(release)) == .released(wasHeld: false, next: nil))
        #expect(try ask(.acquire(step(["a"], 1))) == .acquire(.buried))
    }

    @Test("A session keeps its grants, tells what they are, and frees them when it ends")
    func sessions() throws {
        var step = try step(["a", "b"], 1, ttl: 0)
        step.session = session
        #expect(try ask(.acquire(step)) == .acquire(.noSession))
        let keep = NodeCommand.keepAlive(session: session, ttlMilliseconds: 9_000, create: true)
        _ = try ask(keep)
        guard case .acquire(.granted) = try ask(.acquire(step)) else {
            Issue.record("not granted")
            return
        }
        #expect(try expire("hf1:l:a") == -1)
        let digest = ["a", "b"].reduce(0 as UInt64) {
            GrantDigest.add(GrantDigest.element(name: $1, grant: step.grant), to: $0)
        }
        guard case .session(.alive(_, let count, let other)) = try ask(keep) else {
            Issue.record("not alive")
            return
        }
        #expect(count == 2 && digest == other)
        _ = try ask(.heartbeat(server: 5, leaseMilliseconds: 9_000, watchMilliseconds: 0))
        var waiter = try self.step(["a"], 2)
        waiter.waitingServer = 5
        _ = try ask(.acquire(waiter))
        _ = try ask(.closeSession(session))
        let swept = try node.execute(.sweep(limit: 64), identity)
        #expect(swept.reply == .swept(2, more: false))
        #expect(swept.wakes == [Wake(server: 5, name: "a")])
    }

    /// Seed 31044 of the simulator: what was swept for one entry, and looked at for a waiter, took the
    /// session's other entry of that lock along, and its header was written again behind the sweep.
    @Test("A session that was swept is gone, whatever it had of one lock")
    func sweptSession() throws {
        _ = try ask(.keepAlive(session: session, ttlMilliseconds: 50, create: true))
        for number in 1...2 as ClosedRange<UInt64> {
            var step = try step(["a"], number, mode: .shared, ttl: 0)
            step.session = session
            guard case .acquire(.granted) = try ask(.acquire(step)) else {
                Issue.record("not granted")
                return
            }
        }
        _ = try ask(.heartbeat(server: 5, leaseMilliseconds: 9_000, watchMilliseconds: 0))
        var waiter = try step(["a"], 3)
        waiter.waitingServer = 5
        _ = try ask(.acquire(waiter))
        usleep(70_000)
        guard case .swept(_, more: false) = try ask(.sweep(limit: 64)) else {
            Issue.record("not swept")
            return
        }
        #expect(try node.connection.command("KEYS", "hf1:s:*") == .array([]))
    }

    @Test("A lock goes from hand to hand in one step")
    func handOff() throws {
        _ = try ask(.heartbeat(server: 5, leaseMilliseconds: 9_000, watchMilliseconds: 0))
        _ = try ask(.acquire(step(["a"], 1)))
        var waiters: [AcquireStep] = []
        for number in 2...4 as ClosedRange<UInt64> {
            var step = try step(["a"], number)
            step.waitingServer = 5
            guard case .acquire(.held(let refusal)) = try ask(.acquire(step)) else { return }
            #expect(refusal.ahead == Int(number) - 2)
            waiters.append(step)
        }
        var release = ReleaseStep(names: ["a"], grant: grant(1))
        release.next = waiters[0]
        #expect(
            try ask(.release(release))
                == .released(
                    wasHeld: true,
                    next: .granted(fence: waiters[0].proposed, primary: waiters[0].grant)))
        let last = try node.execute(
            .release(ReleaseStep(names: ["a"], grant: grant(2))), identity)
        #expect(last.wakes == [Wake(server: 5, name: "a")])
    }

    @Test("A node with another gate does nothing; one without data has none")
    func gate() throws {
        var other = identity
        other.epoch = 2
        #expect(
            try node.execute(.acquire(step(["a"], 1)), other).reply == .refused(.other(identity)))
        #expect(try node.execute(.form(other), other).reply == .refused(.other(identity)))
        try node.connection.command("FLUSHALL")
        #expect(try ask(.sweep(limit: 1)) == .refused(.missing))
        #expect(try ask(.readGate) == .gate(nil, isEmpty: true))
        try node.connection.command("SET", "somebody's", "data")
        #expect(try ask(.form(identity)) == .refused(.missing))
        #expect(throws: Failure.self) {
            try ask(.admit(identity, floor: 1, longestTTL: 1, learns: true))
        }
        #expect(try node.connection.command("GET", "somebody's") == .text("data"))
    }

    @Test("With its memory full, a node grants nothing and releases and renews")
    func memoryFull() throws {
        _ = try ask(.keepAlive(session: session, ttlMilliseconds: 9_000, create: true))
        _ = try ask(.acquire(step(["a"], 1)))
        try node.connection.command("CONFIG", "SET", "maxmemory", "1")
        #expect(throws: Failure.self) { try ask(.acquire(step(["b"], 2))) }
        guard
            case .renewed(.held) = try ask(
                .renew(names: ["a"], grant: grant(1), ttlMilliseconds: 9_000, seed: nil)),
            case .session(.alive) = try ask(
                .keepAlive(session: session, ttlMilliseconds: 9_000, create: false))
        else {
            Issue.record("not renewed")
            return
        }
        #expect(
            try ask(.release(ReleaseStep(names: ["a"], grant: grant(1))))
                == .released(wasHeld: true, next: nil))
    }
}
