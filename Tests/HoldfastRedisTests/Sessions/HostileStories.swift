import HoldfastBase
import HoldfastNode
import HoldfastRedis
import Testing

/// A node that sends anything: the session closes or goes on, and every call still ends once.
@Suite("Hostile nodes")
struct HostileStories {
    private static let alphabet = Array("*$+-:0123456789\r\n OKERNSCIPT\u{0}\u{FF}".utf8)

    private func endsOnce(_ story: SessionStory, _ tags: Set<UInt64>) {
        story.session.stop(now: story.now)
        var open = tags
        for event in story.take() {
            switch event {
            case .value(let tag, _), .failure(let tag, _): #expect(open.remove(tag) != nil)
            case .ready, .facts, .factsRefused, .closed: break
            }
        }
        #expect(open.isEmpty)
    }

    @Test("random bytes, to a session with open calls", arguments: 0..<40 as Range<UInt64>)
    func random(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let story = SessionStory.ready(feeding: .randomCuts(seed: seed))
            let tags: Set<UInt64> = [1, 2, 3]
            for tag in tags { story.submit(tag) }
            _ = story.sent()
            let size = Int.random(in: 1...200, using: &random)
            story.receive(
                (0..<size).map { _ in
                    Self.alphabet[Int.random(in: 0..<Self.alphabet.count, using: &random)]
                })
            endsOnce(story, tags)
        }
    }

    @Test("a damaged handshake, and damaged answers", arguments: 0..<40 as Range<UInt64>)
    func damaged(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let story = SessionStory(feeding: .randomCuts(seed: seed))
            story.session.start(now: story.now)
            story.session.connected(
                credentials: NodeCredentials(password: "x"), now: story.now)
            var bytes = story.sent().flatMap { SessionStory.greeting($0).encoded }
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] =
                    Self.alphabet[Int.random(in: 0..<Self.alphabet.count, using: &random)]
            }
            story.receive(bytes)
            var tags: Set<UInt64> = []
            for tag in 1...3 as ClosedRange<UInt64> where story.submit(tag) == .accepted {
                tags.insert(tag)
            }
            _ = story.sent()
            story.receive(Array("$-1\r\n:5\r\n-NOSCRIPT\r\n:1\r\n".utf8))
            endsOnce(story, tags)
        }
    }

    @Test("cut off at every byte of an exchange")
    func cut() {
        let answers = [RedisValue.text("abc"), .array([.integer(1), .null]), .integer(3)]
        let bytes = answers.flatMap(\.encoded)
        for size in 0...bytes.count {
            let story = SessionStory.ready()
            for tag in 1...3 as ClosedRange<UInt64> { story.submit(tag) }
            _ = story.sent()
            story.receive(Array(bytes.prefix(size)))
            story.session.closed(.closedByNode, now: story.now)
            var whole = 0
            for event in story.take() {
                if case .value = event { whole += 1 }
            }
            var complete = 0
            var end = 0
            for answer in answers {
                end += answer.encoded.count
                if end <= size { complete += 1 }
            }
            #expect(whole == complete)
        }
    }
}
