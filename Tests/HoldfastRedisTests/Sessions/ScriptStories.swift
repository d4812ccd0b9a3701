import HoldfastBase
import HoldfastNode
import HoldfastRedis
import Testing

@Suite("Lost scripts")
struct ScriptStories {
    private let missing = RedisValue.error(Array("NOSCRIPT No matching script.".utf8))

    @Test("the same call is repeated behind SCRIPT LOAD", arguments: Feeding.all)
    func repeated(_ feeding: Feeding) {
        let story = SessionStory.ready(feeding: feeding)
        story.submit(1)
        let first = story.sent()
        story.reply(missing)
        let again = story.sent()
        #expect(again == [["SCRIPT", "LOAD", "return 1"]] + first)
        story.reply(SessionStory.greeting(again[0]), .integer(1))
        #expect(story.take() == [.value(tag: 1, .integer(1))])
    }

    @Test("repeated calls keep their order, and what comes later waits for them")
    func order() {
        let story = SessionStory.ready()
        for tag in 1...3 as ClosedRange<UInt64> { story.submit(tag, script: tag == 2 ? 1 : 0) }
        _ = story.sent()
        story.reply(missing)
        story.submit(4)
        #expect(story.sent().map { $0[0] } == ["SCRIPT", "EVALSHA"])
        story.reply(missing, missing)
        #expect(story.sent().map { $0.last } == ["return 2", "2", "3"])
        story.submit(5)
        #expect(story.sent().isEmpty)
        let digests = SessionStory.scripts.scripts.map { RedisValue.text($0.digest) }
        story.reply(digests[0], .integer(1), digests[1], .integer(2))
        #expect(story.sent().isEmpty)
        story.reply(.integer(3))
        #expect(story.sent().map { $0.last } == ["4", "5"])
        story.reply(.integer(4), .integer(5))
        #expect(
            story.take() == (1...5).map { .value(tag: UInt64($0), .integer($0)) })
    }

    @Test("the second time it goes by EVAL, with the source; a third is an error")
    func twice() {
        let story = SessionStory.ready()
        story.submit(1)
        _ = story.sent()
        story.reply(missing)
        _ = story.sent()
        story.reply(.text(SessionStory.scripts[0].digest), missing)
        #expect(story.sent() == [["EVAL", "return 1", "1", "key1", "1"]])
        story.reply(missing)
        #expect(
            story.take() == [.failure(tag: 1, .scriptError("NOSCRIPT No matching script."))])
    }

    @Test("deadlines go on through the repair")
    func deadlines() {
        let story = SessionStory.ready()
        story.submit(1, within: 100)
        _ = story.sent()
        story.reply(missing)
        story.submit(2, within: 50)
        story.submit(3, within: 500)
        story.advance(50)
        #expect(story.take() == [.failure(tag: 2, .notSent)])
        _ = story.sent()
        story.advance(50)
        #expect(story.take() == [.failure(tag: 1, .unknownOutcome)])
        story.reply(.text(SessionStory.scripts[0].digest), .integer(1))
        #expect(story.sent().map { $0.last } == ["3"])
        story.reply(.integer(3))
        #expect(story.take() == [.value(tag: 3, .integer(3))])
    }

    @Test("what nobody waits for is not repeated")
    func givenUp() {
        let story = SessionStory.ready()
        story.submit(1, within: 100)
        _ = story.sent()
        story.advance(100)
        story.reply(missing)
        #expect(story.sent().isEmpty)
        #expect(story.take() == [.failure(tag: 1, .unknownOutcome)])
    }

    @Test("the end of the connection in the middle of it fails all, once")
    func end() {
        let story = SessionStory.ready()
        story.submit(1)
        _ = story.sent()
        story.reply(missing)
        story.submit(2)
        story.session.closed(.closedByNode, now: story.now)
        #expect(
            story.take() == [
                .failure(tag: 1, .notSent), .failure(tag: 2, .notSent), .closed(.closedByNode),
            ])
    }
}
