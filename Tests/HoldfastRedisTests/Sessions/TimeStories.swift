import HoldfastBase
import HoldfastNode
import HoldfastRedis
import Testing

@Suite("Deadlines")
struct TimeStories {
    @Test("a late answer is swallowed, and the next is matched to the next")
    func swallowed() {
        let story = SessionStory.ready()
        story.submit(1, within: 100)
        story.submit(2, within: 1000)
        _ = story.sent()
        story.advance(100)
        #expect(story.take() == [.failure(tag: 1, .unknownOutcome)])
        story.submit(3)
        _ = story.sent()
        story.reply(.integer(1), .integer(2), .integer(3))
        #expect(story.take() == [.value(tag: 2, .integer(2)), .value(tag: 3, .integer(3))])
    }

    @Test("what has not left at its deadline never does")
    func unsent() {
        let story = SessionStory.ready()
        story.submit(1)
        let first = unsafe story.session.output.count
        for tag in 2...5 as ClosedRange<UInt64> {
            story.submit(tag, within: tag % 2 == 0 ? 100 : 900)
        }
        // The transport takes the first and a part of the second.
        story.session.written(first + 10)
        story.advance(100)
        #expect(
            story.take() == [.failure(tag: 2, .unknownOutcome), .failure(tag: 4, .notSent)])
        let rest = unsafe Array(story.session.output)
        let text = String(decoding: rest, as: UTF8.self)
        #expect(text.contains("key2") && text.contains("key3") && !text.contains("key4"))
        story.session.written(rest.count)
        story.reply(.integer(1), .integer(2), .integer(3), .integer(5))
        #expect(
            story.take() == [
                .value(tag: 1, .integer(1)), .value(tag: 3, .integer(3)),
                .value(tag: 5, .integer(5)),
            ])
    }

    @Test("what TLS may have kept counts as left")
    func pinned() {
        let story = SessionStory.ready()
        story.submit(1, within: 100)
        story.session.writeBlocked()
        story.submit(2, within: 100)
        story.advance(100)
        #expect(
            story.take() == [.failure(tag: 1, .unknownOutcome), .failure(tag: 2, .notSent)])
        #expect(story.sent().map { $0[3] } == ["key1"])
    }

    @Test("silence while commands wait closes the connection, at once after so long")
    func silence() {
        let story = SessionStory.ready()
        story.submit(1, within: 100)
        _ = story.sent()
        story.advance(100)
        _ = story.take()
        story.advance(4899)
        #expect(story.take().isEmpty)
        story.advance(1)
        #expect(story.take() == [.closed(.silent)])
    }

    @Test("an answer breaks the silence")
    func progress() {
        let story = SessionStory.ready()
        story.submit(1, within: 60_000)
        story.submit(2, within: 60_000)
        _ = story.sent()
        story.advance(4900)
        story.reply(.integer(1))
        story.advance(4900)
        #expect(story.take() == [.value(tag: 1, .integer(1))])
        story.advance(100)
        #expect(story.take() == [.failure(tag: 2, .unknownOutcome), .closed(.silent)])
    }

    @Test("too many commands without an answer close the connection")
    func givenUp() {
        let story = SessionStory.ready { $0.givenUpMax = 2 }
        for tag in 1...3 as ClosedRange<UInt64> { story.submit(tag, within: 10) }
        _ = story.sent()
        story.advance(10)
        #expect(
            story.take() == [
                .failure(tag: 1, .unknownOutcome), .failure(tag: 2, .unknownOutcome),
                .failure(tag: 3, .unknownOutcome), .closed(.tooManyGivenUp),
            ])
    }

    @Test("an idle connection is tried")
    func ping() {
        let story = SessionStory.ready()
        expect(story.session.wake, is: story.now + .seconds(5))
        story.advance(5000)
        #expect(story.sent() == [["PING"]])
        story.reply(.status(Array("PONG".utf8)))
        story.advance(4999)
        #expect(story.sent().isEmpty)
        story.advance(1)
        #expect(story.sent() == [["PING"]])
        story.advance(5000)
        #expect(story.take() == [.closed(.silent)])
    }

    @Test("wake is never later than the next thing to do", arguments: 0..<30 as Range<UInt64>)
    func everyTagEndsOnce(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let story = SessionStory.ready { $0.commandsMax = 50 }
        var open: Set<UInt64> = []
        var waiting: [[String]] = []
        var tag: UInt64 = 0
        for _ in 0..<2000 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                tag += 1
                let time = Int64.random(in: 1...3000, using: &random)
                if story.submit(tag, script: Int(tag % 2), within: time) == .accepted {
                    open.insert(tag)
                }
            case 4..<6: waiting += story.sent()
            case 6..<8:
                for _ in 0..<min(waiting.count, Int.random(in: 0...4, using: &random)) {
                    let command = waiting.removeFirst()
                    let isMissing =
                        command[0] == "EVALSHA" && Int.random(in: 0..<4, using: &random) == 0
                    story.reply(
                        isMissing
                            ? .error(Array("NOSCRIPT No matching script.".utf8))
                            : command[0].hasPrefix("EVAL")
                                ? .text(command[4]) : SessionStory.greeting(command))
                }
            case 8:
                story.now = story.now + .milliseconds(Int64.random(in: 0...400, using: &random))
                if story.now >= story.session.wake { story.session.timeReached(story.now) }
            default:
                if Int.random(in: 0..<20, using: &random) == 0 {
                    story.session.closed(.closedByNode, now: story.now)
                }
            }
            for event in story.take() {
                switch event {
                case .value(let tag, let value):
                    // The answer carries the argument of its own call.
                    #expect(value == .text("\(tag)"))
                    #expect(open.remove(tag) != nil)
                case .failure(let tag, _): #expect(open.remove(tag) != nil)
                case .closed:
                    #expect(open.isEmpty)
                    waiting = []
                    _ = story.session.takeDemand()
                    story.now = story.session.wake
                    story.session.timeReached(story.now)
                    story.connectAndGreet()
                case .ready, .facts, .factsRefused: break
                }
            }
        }
        story.session.stop(now: story.now)
        for case .failure(let tag, _) in story.take() { #expect(open.remove(tag) != nil) }
        #expect(open.isEmpty)
    }
}
