import HoldfastBase
import HoldfastNode
import HoldfastRedis
import Testing

@Suite("Calls")
struct CallStories {
    private func error(_ text: String) -> RedisValue { .error(Array(text.utf8)) }

    @Test("answers are matched by order, whatever their kind", arguments: Feeding.all)
    func order(_ feeding: Feeding) {
        let story = SessionStory.ready(feeding: feeding)
        for tag in 1...5 as ClosedRange<UInt64> { #expect(story.submit(tag) == .accepted) }
        #expect(story.sent().map { $0[3] } == ["key1", "key2", "key3", "key4", "key5"])
        let values: [RedisValue] = [
            .integer(1), .null, .array([.text("x"), .integer(2)]), .status([]), .text(""),
        ]
        story.receive(values.flatMap(\.encoded))
        let right = zip(1...5 as ClosedRange<UInt64>, values).map {
            NodeSessionEvent.value(tag: $0, $1)
        }
        #expect(story.take() == right)
    }

    @Test(
        "each class of error",
        arguments: [
            ("READONLY You can't write against a read only replica. script: 1, on @x", .readOnly),
            ("LOADING Redis is loading the dataset in memory", .loading),
            ("MASTERDOWN Link with MASTER is down", .masterDown),
            ("MISCONF Redis is configured to save RDB snapshots", .misconfigured),
            ("NOREPLICAS Not enough good replicas to write.", .misconfigured),
            ("OOM command not allowed when used memory > 'maxmemory'.", .outOfMemory),
            ("BUSY Redis is busy running a script.", .busy),
            ("UNKILLABLE The busy script was sent by a master", .busy),
            ("ERR max number of clients reached", .maxClients),
            ("NOPERM this user has no permissions", .noPermission),
            ("WRONGPASS invalid username-password pair", .wrongPassword),
            ("ERR something", .scriptError("ERR something")),
            ("", .scriptError("")),
        ] as [(String, RedisFailure)])
    func classes(_ text: String, _ failure: RedisFailure) {
        let story = SessionStory.ready()
        story.submit(1)
        story.submit(2)
        _ = story.sent()
        story.reply(error(text), .integer(2))
        #expect(story.take() == [.failure(tag: 1, failure), .value(tag: 2, .integer(2))])
    }

    @Test("of an error's text only the beginning is kept")
    func longText() {
        let text = [UInt8](repeating: 0x78, count: 9999)
        #expect(RedisFailure(error: text) == .scriptError(String(repeating: "x", count: 256)))
    }

    @Test("NOAUTH ends the connection, to greet anew with new credentials")
    func unauthenticated() {
        let story = SessionStory.ready()
        story.submit(1)
        story.submit(2)
        _ = story.sent()
        story.reply(error("NOAUTH Authentication required."))
        #expect(
            story.take() == [
                .failure(tag: 1, .notAuthenticated), .failure(tag: 2, .unknownOutcome),
                .closed(.unauthenticated),
            ])
    }

    @Test("at the end of a connection what has left is unknown, what has not was not sent")
    func end() {
        let story = SessionStory.ready()
        story.submit(1)
        story.submit(2)
        let size = unsafe story.session.output.count
        story.session.written(size / 2 + 1)
        story.submit(3)
        story.session.closed(.closedByNode, now: story.now)
        #expect(
            story.take() == [
                .failure(tag: 1, .unknownOutcome), .failure(tag: 2, .unknownOutcome),
                .failure(tag: 3, .notSent), .closed(.closedByNode),
            ])
        #expect(story.submit(4) == .notReady)
    }

    @Test("an answer that its owner does not believe ends everything that is open")
    func distrust() {
        let story = SessionStory.ready()
        story.submit(1)
        story.submit(2)
        _ = story.sent()
        story.reply(.integer(1))
        story.session.distrust(now: story.now)
        #expect(
            story.take() == [
                .value(tag: 1, .integer(1)), .failure(tag: 2, .protocolViolation),
                .closed(.violation(.unexpected)),
            ])
        // It is over already: nothing is paused for longer.
        let wake = story.session.wake
        story.session.distrust(now: story.now)
        #expect(story.session.wake == wake && story.take().isEmpty)
    }

    @Test("bytes that are no reply end everything that was open")
    func violation() {
        let story = SessionStory.ready()
        story.submit(1)
        _ = story.sent()
        story.submit(2)
        story.receive(Array("!".utf8))
        #expect(
            story.take() == [
                .failure(tag: 1, .protocolViolation), .failure(tag: 2, .notSent),
                .closed(.violation(.malformed)),
            ])
        // What still comes belongs to nobody.
        story.reply(.integer(1))
        #expect(story.take().isEmpty)
    }

    @Test("a reply to nothing, or to what has not left, is a violation")
    func unsolicited() {
        let story = SessionStory.ready()
        story.reply(.integer(1))
        #expect(story.take() == [.closed(.violation(.unsolicited))])
        let other = SessionStory.ready()
        other.submit(1)
        other.reply(.integer(1))
        #expect(
            other.take() == [.failure(tag: 1, .notSent), .closed(.violation(.unsolicited))])
    }

    @Test("half a reply of an old connection is no part of the next")
    func late() {
        let story = SessionStory.ready()
        story.submit(1)
        _ = story.sent()
        story.receive(Array("$10\r\nabc".utf8))
        story.session.closed(.closedByNode, now: story.now)
        expect(story.session.takeDemand(), is: .close)
        story.receive(Array("defghij\r\n".utf8))
        story.now = story.session.wake
        story.session.timeReached(story.now)
        #expect(
            story.take() == [.failure(tag: 1, .unknownOutcome), .closed(.closedByNode)])
        story.receive(Array("defghij\r\n".utf8))
        story.connectAndGreet()
        story.submit(2)
        _ = story.sent()
        story.reply(.integer(2))
        #expect(story.take() == [.value(tag: 2, .integer(2))])
    }

    @Test("so many commands, and so many bytes, may be open")
    func bounds() {
        let story = SessionStory.ready { $0.commandsMax = 3 }
        for tag in 1...3 as ClosedRange<UInt64> { #expect(story.submit(tag) == .accepted) }
        #expect(story.submit(4) == .full)
        _ = story.sent()
        story.reply(.integer(1))
        #expect(story.submit(4) == .accepted)
        let bytes = SessionStory.ready { $0.commandBytesMax = 80 }
        #expect(bytes.submit(1) == .accepted)
        #expect(bytes.submit(2) == .full)
    }

    @Test("stop fails what is open and connects no more")
    func stop() {
        let story = SessionStory.ready()
        story.submit(1)
        story.session.stop(now: story.now)
        #expect(story.take() == [.failure(tag: 1, .notSent), .closed(.stopped)])
        expect(story.session.wake, is: .never)
        expect(story.session.takeDemand(), is: .close)
        story.session.start(now: story.now)
        expect(story.session.takeDemand(), is: .connect)
    }

    @Test("facts can be asked again, once at a time")
    func facts() {
        let story = SessionStory.ready()
        expect(story.session.refreshFacts(now: story.now), is: true)
        expect(story.session.refreshFacts(now: story.now), is: false)
        story.submit(1)
        for command in story.sent() where command[0] != "EVALSHA" {
            story.reply(SessionStory.greeting(command))
        }
        story.reply(.integer(1))
        guard case .facts(let facts) = story.take().first else {
            Issue.record("no facts")
            return
        }
        #expect(facts.runID == "abc")
        expect(story.session.refreshFacts(now: story.now), is: true)
        for _ in story.sent() { story.reply(error("MISCONF disk full")) }
        #expect(story.take() == [.factsRefused(.misconfigured)])
        expect(story.session.isReady, is: true)
    }
}
