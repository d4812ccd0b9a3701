import HoldfastBase
import HoldfastRedis
import Testing

@Suite("Subscription")
struct SubscriberStories {
    private final class Story {
        var session: SubscriberSession
        var now = SessionStory.start
        let feeding: Feeding

        init(feeding: Feeding = .whole) {
            self.feeding = feeding
            var settings = SubscriberSettings()
            settings.channel = Array("wakes".utf8)
            session = SubscriberSession(settings: settings, seed: 1)
            session.start(now: now)
        }

        func greet() {
            expect(session.takeDemand(), is: .connect)
            session.connected(credentials: NodeCredentials(password: "x"), now: now)
            #expect(
                sent() == [
                    ["AUTH", "x"], ["CLIENT", "SETNAME", "holdfastd-wakes"],
                    ["SUBSCRIBE", "wakes"],
                ])
            reply(
                .status(Array("OK".utf8)), .status(Array("OK".utf8)),
                .array([.text("subscribe"), .text("wakes"), .integer(1)]))
            #expect(take() == [.subscribed])
        }

        func sent() -> [[String]] {
            guard session.hasOutput else { return [] }
            let bytes = unsafe Array(session.output)
            session.written(bytes.count)
            return commands(in: bytes)
        }

        func reply(_ values: RedisValue...) {
            for piece in feeding.pieces(values.flatMap(\.encoded)) {
                unsafe session.received(piece.span.bytes, now: now)
            }
        }

        func advance(_ milliseconds: Int64) {
            now = now + .milliseconds(milliseconds)
            session.timeReached(now)
        }

        func take() -> [SubscriberEvent] {
            var batch: [SubscriberEvent] = []
            session.takeEvents(into: &batch)
            return batch
        }
    }

    private func message(_ text: String, on channel: String = "wakes") -> RedisValue {
        .array([.text("message"), .text(channel), .text(text)])
    }

    @Test("messages arrive in order", arguments: Feeding.all)
    func messages(_ feeding: Feeding) {
        let story = Story(feeding: feeding)
        story.greet()
        story.reply(message("a"), message(""), message("c"))
        #expect(story.take() == ["a", "", "c"].map { .message(Array($0.utf8)) })
    }

    @Test("silence is met with PING, and its answer or a message lets it live")
    func ping() {
        let story = Story()
        story.greet()
        story.advance(3000)
        #expect(story.sent() == [["PING"]])
        story.reply(.array([.text("pong"), .text("")]))
        story.advance(3000)
        #expect(story.sent() == [["PING"]])
        story.reply(message("a"))
        story.advance(2999)
        #expect(story.sent().isEmpty)
        #expect(story.take() == [.message(Array("a".utf8))])
    }

    @Test("no answer to PING ends it, and it subscribes again")
    func halfOpen() {
        let story = Story()
        story.greet()
        story.advance(3000)
        _ = story.sent()
        story.advance(3000)
        #expect(story.take() == [.closed(.silent)])
        expect(story.session.takeDemand(), is: .close)
        story.now = story.session.wake
        story.session.timeReached(story.now)
        story.greet()
    }

    @Test("a refusal has its class")
    func refused() {
        for (text, failure) in [
            ("WRONGPASS invalid", .wrongPassword), ("ERR max number of clients", .maxClients),
        ] as [(String, RedisFailure)] {
            let story = Story()
            story.session.connected(
                credentials: NodeCredentials(password: "x"), now: story.now)
            story.reply(.error(Array(text.utf8)))
            #expect(story.take() == [.closed(.refused(failure))])
        }
    }

    @Test("what is no message is a violation")
    func violations() {
        for value in [
            RedisValue.integer(1), .array([]), message("x", on: "other"),
            .array([.text("unsubscribe"), .text("wakes"), .integer(0)]),
            .array([.text("message"), .text("wakes"), .null]),
        ] {
            let story = Story()
            story.greet()
            story.reply(value)
            #expect(story.take() == [.closed(.violation(.unexpected))])
        }
        let story = Story()
        story.session.connected(credentials: nil, now: story.now)
        story.reply(.status([]), .integer(1))
        #expect(story.take() == [.closed(.violation(.unexpected))])
    }

    @Test("stop ends it, and the time of connecting and greeting is bounded")
    func bounds() {
        let story = Story()
        story.advance(3000)
        #expect(story.take() == [.closed(.connectTimeout)])
        story.now = story.session.wake
        story.session.timeReached(story.now)
        story.session.connected(credentials: nil, now: story.now)
        story.advance(5000)
        #expect(story.take() == [.closed(.handshakeTimeout)])
        story.session.stop(now: story.now)
        #expect(story.take() == [.closed(.stopped)])
        expect(story.session.wake, is: .never)
    }
}
