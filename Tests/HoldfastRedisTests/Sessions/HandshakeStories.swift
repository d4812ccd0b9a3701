import HoldfastBase
import HoldfastNode
import HoldfastRedis
import Testing

@Suite("Handshake")
struct HandshakeStories {
    @Test("asks everything in one write and is ready with the facts", arguments: Feeding.all)
    func good(_ feeding: Feeding) {
        let story = SessionStory(feeding: feeding) { $0.database = 3 }
        story.session.start(now: story.now)
        expect(story.session.takeDemand(), is: .connect)
        story.session.connected(
            credentials: NodeCredentials(user: "holdfast", password: "secret"), now: story.now)
        let sent = story.sent()
        #expect(
            sent == [
                ["AUTH", "holdfast", "secret"], ["CLIENT", "SETNAME", "holdfastd"],
                ["SELECT", "3"], ["SCRIPT", "LOAD", "return 1"], ["SCRIPT", "LOAD", "return 2"],
                ["INFO", "server"], ["INFO", "replication"], ["INFO", "memory"],
                ["INFO", "persistence"], ["CONFIG", "GET", "maxmemory-policy"],
                ["CONFIG", "GET", "appendonly"], ["CONFIG", "GET", "appendfsync"], ["TIME"],
                ["GET", "gate"],
            ])
        #expect(story.submit(1) == .notReady)
        for command in sent { story.reply(SessionStory.greeting(command)) }
        let facts = NodeFacts(
            runID: "abc", role: .master, replicationID: "feed", redisVersion: "7.0.15",
            maxmemoryPolicy: "noeviction", maxmemoryBytes: 0, persistence: .always,
            timeMicroseconds: 1_700_000_000_000_042, asked: story.now, answered: story.now,
            gate: Array("gate bytes".utf8))
        #expect(story.take() == [.ready(facts)])
        #expect(story.submit(1) == .accepted)
    }

    @Test("goes on where CONFIG is forbidden and says what it does not know")
    func forbidden() {
        let story = SessionStory()
        story.session.start(now: story.now)
        story.session.connected(credentials: nil, now: story.now)
        for command in story.sent() {
            if command[0] == "CONFIG" || command[0] == "CLIENT" {
                story.reply(.error(Array("NOPERM this user has no permissions".utf8)))
            } else {
                story.reply(command[0] == "GET" ? .null : SessionStory.greeting(command))
            }
        }
        guard case .ready(let facts) = story.take().first else {
            Issue.record("not ready")
            return
        }
        #expect(facts.maxmemoryPolicy == "noeviction")
        #expect(facts.persistence == .logged)
        #expect(facts.gate == nil)
    }

    @Test(
        "an error of the node ends it with its class",
        arguments: [
            ("AUTH", "WRONGPASS invalid username-password pair", .wrongPassword),
            ("AUTH", "ERR AUTH <password> called without any password", .wrongPassword),
            ("CLIENT", "NOAUTH Authentication required.", .notAuthenticated),
            ("CLIENT", "ERR max number of clients reached", .maxClients),
            ("SCRIPT", "BUSY Redis is busy running a script", .busy),
            ("INFO", "LOADING Redis is loading the dataset in memory", .loading),
            ("GET", "MASTERDOWN Link with MASTER is down", .masterDown),
            ("TIME", "NOPERM no permissions to run the 'time' command", .noPermission),
        ] as [(String, String, RedisFailure)])
    func refused(_ name: String, _ text: String, _ failure: RedisFailure) {
        let story = SessionStory()
        story.session.start(now: story.now)
        story.session.connected(
            credentials: NodeCredentials(user: nil, password: "x"), now: story.now)
        for command in story.sent() {
            let isIt = command[0] == name
            story.reply(isIt ? .error(Array(text.utf8)) : SessionStory.greeting(command))
        }
        #expect(story.take() == [.closed(.refused(failure))])
        expect(story.session.takeDemand(), is: .close)
    }

    @Test("an error before anything was asked is the class of the refusal")
    func early() {
        let story = SessionStory()
        story.session.start(now: story.now)
        story.session.connected(credentials: nil, now: story.now)
        story.reply(.error(Array("ERR max number of clients reached".utf8)))
        #expect(story.take() == [.closed(.refused(.maxClients))])
    }

    @Test("a wrong digest, or a kind of reply that cannot be, is a violation")
    func unexpected() {
        for (name, value) in [
            ("SCRIPT", RedisValue.text("0123")), ("SCRIPT", .integer(1)), ("INFO", .integer(1)),
            ("TIME", .array([.text("1"), .text("x")])), ("GET", .integer(1)),
            ("TIME", .array([.text("99999999999999999999"), .text("1")])),
            ("TIME", .array([.text("18446744073709551615"), .text("1")])),
        ] {
            let story = SessionStory()
            story.session.start(now: story.now)
            story.session.connected(credentials: nil, now: story.now)
            for command in story.sent() {
                story.reply(command[0] == name ? value : SessionStory.greeting(command))
            }
            #expect(story.take() == [.closed(.violation(.unexpected))])
        }
    }

    @Test("takes only so long, to connect and to greet")
    func late() {
        let story = SessionStory()
        story.session.start(now: story.now)
        expect(story.session.wake, is: story.now + .seconds(3))
        story.advance(2999)
        #expect(story.take().isEmpty)
        story.advance(1)
        #expect(story.take() == [.closed(.connectTimeout)])
        story.now = story.session.wake
        story.session.timeReached(story.now)
        expect(story.session.takeDemand(), is: .connect)
        story.session.connected(credentials: nil, now: story.now)
        story.advance(5000)
        #expect(story.take() == [.closed(.handshakeTimeout)])
    }

    @Test("pauses between attempts grow, are spread, and begin anew after a steady connection")
    func pauses() {
        let story = SessionStory()
        story.session.start(now: story.now)
        var pauses: [Interval] = []
        for _ in 0..<12 {
            expect(story.session.takeDemand(), is: .connect)
            story.session.closed(.notConnected("refused"), now: story.now)
            pauses.append(story.session.wake - story.now)
            story.now = story.session.wake
            story.session.timeReached(story.now)
        }
        for (index, pause) in pauses.enumerated() {
            let whole = Interval(nanoseconds: min(50_000_000 << Int64(index), 5_000_000_000))
            #expect(pause.nanoseconds >= whole.nanoseconds / 2 && pause <= whole)
        }
        _ = story.take()
        story.connectAndGreet()
        story.now = story.now + .seconds(5)
        story.session.closed(.closedByNode, now: story.now)
        #expect(story.session.wake - story.now <= .milliseconds(50))
    }
}
