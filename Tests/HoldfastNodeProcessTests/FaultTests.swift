import Glibc
import HoldfastBase
import HoldfastNode
import HoldfastRedis
import HoldfastServer
import Testing

/// Faults of a node, one by one, with a real redis-server: the rows of the fault table.
@Suite("Faults of a node", .timeLimit(.minutes(8)), .serialized)
struct FaultTests {
    @Test("scripts flushed again and again: no call fails")
    func flush() async throws {
        let node = try await RedisNode()
        let probe = try Probe(port: node.port)
        _ = try await probe.ready()
        for round in 0..<30 {
            let tags = (0..<100).map { number in
                probe.begin(
                    number % 2 == 0 ? .echo : .write, key: "k\(number)", "\(round).\(number)")
            }
            try node.command("SCRIPT", "FLUSH")
            for (number, tag) in tags.enumerated() {
                #expect(try await probe.result(of: tag).text == "\(round).\(number)")
            }
        }
        #expect(try await probe.run(.echo, "last").text == "last")
        let counters = await probe.counters()
        #expect(counters.repeated > 0)
        #expect(counters.connections == 1)
    }

    @Test("a crash: open calls fail, the next connection sees another run, with its data")
    func crash() async throws {
        let node = try await RedisNode(["--appendonly", "yes", "--appendfsync", "always"])
        let probe = try Probe(port: node.port)
        let before = try await probe.ready()
        #expect(try await probe.run(.write, "kept").text == "kept")
        node.send(SIGSTOP)
        let open = probe.begin(.echo, "x")
        try await Task.sleep(for: .milliseconds(50))
        node.crash()
        #expect(try await probe.result(of: open).failure == .unknownOutcome)
        #expect(try await probe.run(.echo, "x").failure == .notSent)
        try await node.restart()
        let after = try await probe.ready()
        #expect(after.runID != before.runID)
        #expect(try await probe.run(.echo, "x").text == "x")
        #expect(try node.command("GET", "key") == "kept")
    }

    @Test("paused and resumed: the late answer is swallowed, those after it are right")
    func pause() async throws {
        let node = try await RedisNode()
        let probe = try Probe(port: node.port) { $0.silenceMax = .seconds(60) }
        _ = try await probe.ready()
        node.send(SIGSTOP)
        #expect(try await probe.run(.echo, "late", within: 200).failure == .unknownOutcome)
        let tags = (0..<50).map { probe.begin(.echo, "\($0)") }
        node.send(SIGCONT)
        for (number, tag) in tags.enumerated() {
            #expect(try await probe.result(of: tag).text == "\(number)")
        }
        #expect(await probe.counters().connections == 1)
    }

    @Test("paused for long: the connection is closed, and another one made")
    func silence() async throws {
        let node = try await RedisNode()
        let probe = try Probe(port: node.port) { settings in
            settings.silenceMax = .seconds(3)
            settings.handshakeTimeout = .seconds(3)
            settings.pingInterval = .seconds(600)
        }
        _ = try await probe.ready()
        node.send(SIGSTOP)
        // Neither a ping, a deadline nor what was set for the handshake wakes the session.
        try await Task.sleep(for: .seconds(4))
        let tag = probe.begin(.echo, "x", within: 3_600_000)
        try await probe.closed(.silent)
        #expect(try await probe.result(of: tag).failure == .unknownOutcome)
        // The system still takes connections for a node that sleeps.
        try await probe.closed(.handshakeTimeout)
        node.send(SIGCONT)
        _ = try await probe.ready()
        #expect(try await probe.run(.echo, "y").text == "y")
    }

    @Test("paused while idle: found out by PING")
    func idle() async throws {
        let node = try await RedisNode()
        let probe = try Probe(port: node.port) { settings in
            settings.pingInterval = .milliseconds(100)
            settings.silenceMax = .milliseconds(300)
        }
        _ = try await probe.ready()
        node.send(SIGSTOP)
        try await probe.closed(.silent)
        node.send(SIGCONT)
        _ = try await probe.ready()
    }

    @Test("a node that does not read: what has not left at its deadline never does")
    func unread() async throws {
        let node = try await RedisNode()
        let probe = try Probe(port: node.port) { settings in
            settings.silenceMax = .seconds(60)
            settings.commandBytesMax = 64 << 20
        }
        _ = try await probe.ready()
        node.send(SIGSTOP)
        let text = String(repeating: "x", count: 1 << 20)
        let tags = (0..<32).map { probe.begin(.write, key: "k\($0)", text, within: 3000) }
        var unsent: Set<Int> = []
        for (number, tag) in tags.enumerated() {
            switch try await probe.result(of: tag).failure {
            case .notSent: unsent.insert(number)
            case .unknownOutcome: break
            case let other: Issue.record("\(String(describing: other))")
            }
        }
        #expect(!unsent.isEmpty && unsent.count < 32)
        node.send(SIGCONT)
        #expect(try await probe.run(.echo, "after").text == "after")
        for number in 0..<32 {
            let isThere = try node.command("EXISTS", "k\(number)") == "1"
            #expect(isThere == !unsent.contains(number))
        }
    }

    @Test("CLIENT PAUSE: the call waits and is answered")
    func clientPause() async throws {
        let node = try await RedisNode()
        let probe = try Probe(port: node.port)
        _ = try await probe.ready()
        try node.command("CLIENT", "PAUSE", "500", "ALL")
        #expect(try await probe.run(.write, "x").text == "x")
    }

    @Test("full memory: writes are refused, deletes and greetings go on")
    func memory() async throws {
        let node = try await RedisNode()
        let probe = try Probe(port: node.port)
        _ = try await probe.ready()
        #expect(try await probe.run(.write, "x").text == "x")
        try node.command("CONFIG", "SET", "maxmemory", "1")
        #expect(try await probe.run(.write, "y").failure == .outOfMemory)
        #expect(try await probe.run(.delete) == .success(.integer(1)))
        #expect(try await probe.refreshed().maxmemoryBytes == 1)
        try node.command("SCRIPT", "FLUSH")
        #expect(try await probe.run(.echo, "z").text == "z")
        let other = try Probe(port: node.port)
        _ = try await other.ready()
    }

    @Test("a node that becomes a replica takes no writes and says so")
    func replica() async throws {
        let node = try await RedisNode()
        let probe = try Probe(port: node.port)
        let before = try await probe.ready()
        try node.command("REPLICAOF", "127.0.0.1", "1")
        #expect(try await probe.run(.write, "x").failure == .readOnly)
        #expect(try await probe.refreshed().role == .replica)
        try node.command("CONFIG", "SET", "replica-serve-stale-data", "no")
        #expect(try await probe.run(.echo, "x").failure == .masterDown)
        try node.command("REPLICAOF", "NO", "ONE")
        let after = try await probe.refreshed()
        #expect(after.role == .master)
        #expect(after.runID == before.runID && after.replicationID != before.replicationID)
        #expect(try await probe.run(.write, "x").text == "x")
    }

    @Test("too many connections: refused with that reason, and let in when there is room")
    func maxClients() async throws {
        let node = try await RedisNode()
        let first = try Probe(port: node.port)
        _ = try await first.ready()
        try node.command("CONFIG", "SET", "maxclients", "1")
        let second = try Probe(port: node.port)
        try await second.closed(.refused(.maxClients))
        first.end()
        _ = try await second.ready()
    }

    @Test("a script that does not end: busy, and busy no more")
    func busy() async throws {
        let node = try await RedisNode(["--busy-reply-threshold", "20"])
        let probe = try Probe(port: node.port)
        let other = try Probe(port: node.port)
        _ = try await probe.ready()
        _ = try await other.ready()
        let endless = other.begin(.spin)
        try await eventually("busy") {
            try await probe.run(.echo, "x").failure == .busy
        }
        let newcomer = try Probe(port: node.port)
        try await newcomer.closed(.refused(.busy))
        try node.command("SCRIPT", "KILL")
        guard case .scriptError = try await other.result(of: endless).failure else {
            Issue.record("no error")
            return
        }
        #expect(try await probe.run(.echo, "x").text == "x")
        _ = try await newcomer.ready()
    }

    @Test("nobody listens: tried again until somebody does")
    func nobody() async throws {
        let node = try await RedisNode()
        node.crash()
        let probe = try Probe(port: node.port)
        for _ in 0..<3 {
            guard case .notConnected = try await probe.closed() else {
                Issue.record("connected to nothing")
                return
            }
        }
        try await node.restart()
        _ = try await probe.ready()
    }
}
