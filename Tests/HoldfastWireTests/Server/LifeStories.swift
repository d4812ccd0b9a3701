import HoldfastBase
import HoldfastTestWire
import HoldfastWire
import Testing

/// Pings, silence, age, and peers that do not read.
@Suite struct LifeStories {
    // MARK: Pings of the client

    @Test func aPingIsAnsweredBeforeWhatIsQueued() {
        serverStory { story in
            story.receive(.request(1), .request(3))
            story.respond(1)
            story.respond(3)
            story.receive(.ping(7))
            #expect(story.sentWords() == ["PONG 7", "RESPONSE 1 OK", "RESPONSE 3 OK"])
        }
    }

    @Test func aPingDoesNotOvertakeTheHello() {
        serverStory(greeted: false) { story in
            story.receive(.hello(), .request(1, "plain"), .ping(7))
            #expect(story.sentWords() == ["HELLO", "PONG 7", "RESPONSE 1 OK"])
        }
    }

    @Test func aPingDoesNotCutAFrameThatHasBegunToLeave() {
        serverStory { story in
            story.receive(.request(1), .request(3))
            story.respond(1, bodyBytes: 100)
            story.respond(3)
            story.write(40)
            story.receive(.ping(7))
            #expect(story.sentWords() == ["RESPONSE 1 OK [100]", "PONG 7", "RESPONSE 3 OK"])
        }
    }

    @Test func aPingDoesNotOvertakeARecordThatIsEncrypted() {
        serverStory { story in
            story.receive(.request(1), .request(3), .request(5))
            story.respond(1, bodyBytes: 10_000)
            story.respond(3, bodyBytes: 10_000)
            story.respond(5, bodyBytes: 10_000)
            story.block()
            story.receive(.ping(7))
            #expect(
                story.sentWords() == [
                    "RESPONSE 1 OK [10000]", "RESPONSE 3 OK [10000]", "PONG 7",
                    "RESPONSE 5 OK [10000]",
                ])
        }
    }

    @Test func floodsOfPingsEndTheConnection() {
        serverStory { story in
            // One is always right; three more too early are forgiven.
            for payload in 1...4 { story.receive(.ping(UInt32(payload))) }
            #expect(story.closeReason == nil)
            story.receive(.ping(5))
            #expect(story.closeReason == .tooManyPings)
            #expect(story.sent().last?.goAway.code == .tooManyPings)
        }
    }

    @Test func withoutForgivenessTheSecondPingIsTooMany() {
        serverStory({ $0.pingStrikesMax = 0 }) { story in
            story.receive(.ping(1))
            story.pass(.seconds(5))
            story.receive(.ping(2))
            #expect(story.closeReason == nil)
            story.pass(.milliseconds(4999))
            story.receive(.ping(3))
            #expect(story.closeReason == .tooManyPings)
        }
    }

    @Test func pingsAtTheAllowedPaceGoOnForEver() {
        serverStory({ $0.pingInterval = .seconds(1000) }) { story in
            for payload in 0..<100 {
                story.receive(.ping(UInt32(payload)))
                story.pass(.seconds(5))
            }
            #expect(story.closeReason == nil)
            #expect(story.sent().count == 100)
        }
    }

    // MARK: Pings of ours

    @Test func silenceIsAskedAndAnswered() throws {
        try serverStory { story in
            story.pass(.milliseconds(29_999))
            #expect(story.sent() == [])
            story.pass(.milliseconds(1))
            let ping = try #require(story.sent().first)
            story.pass(.seconds(4))
            story.receive(ping.answered)
            story.pass(.milliseconds(29_999))
            #expect(story.sent() == [])
            story.pass(.milliseconds(1))
            #expect(story.sent().count == 1)
        }
    }

    @Test func aPeerThatDoesNotAnswerIsGone() {
        serverStory { story in
            story.pass(.seconds(30))
            _ = story.sent()
            story.pass(.milliseconds(4999))
            #expect(story.closeReason == nil)
            story.pass(.milliseconds(1))
            #expect(story.closeReason == .pingTimeout)
        }
    }

    @Test func everyByteIsLife() {
        serverStory { story in
            for _ in 0..<10 {
                story.pass(.seconds(29))
                story.receive(bytes: TestFrame(99).bytes)
                #expect(story.sent() == [])
            }
            story.pass(.seconds(30))
            #expect(story.sent().count == 1)
            story.receive(TestFrame(99))
            story.pass(.seconds(29))
            #expect(story.closeReason == nil, "another frame answers for the PING")
        }
    }

    @Test func aLateAnswerToAPingIsNothing() throws {
        try serverStory { story in
            story.pass(.seconds(30))
            let ping = try #require(story.sent().first)
            story.receive(TestFrame(99))
            story.pass(.seconds(10))
            story.receive(ping.answered, .pong(12345))
            #expect(story.closeReason == nil)
        }
    }

    @Test func zeroMeansThatWeNeverPing() {
        serverStory({ $0.pingInterval = .zero }) { story in
            story.pass(.seconds(10_000))
            #expect(story.sent() == [])
            #expect(story.closeReason == nil)
        }
    }

    @Test func aPeerThatReadsSlowlyIsNotTakenForDead() {
        // We do not read from it meanwhile, so its silence says nothing.
        serverStory({ $0.outboundHighBytes = 10_000 }) { story in
            story.receive(.request(1, timeout: 600_000_000))
            story.respond(1, bodyBytes: 20_000)
            #expect(!story.wantsRead)
            for _ in 0..<10 {
                story.write(500)
                story.block()
                story.pass(.seconds(9))
            }
            #expect(story.closeReason == nil)
        }
    }

    @Test func aFrameWeDoNotReadIsNotLate() {
        serverStory({ $0.outboundHighBytes = 10_000 }) { story in
            story.receive(.request(1))
            story.respond(1, bodyBytes: 20_000)
            story.receive(.request(3))
            for _ in 0..<3 {
                story.write(500)
                story.block()
                story.pass(.seconds(9))
            }
            #expect(story.closeReason == nil)
            _ = story.sent()
            story.work()
            #expect(story.said() == ["call 1 unary", "call 3 unary"])
        }
    }

    // MARK: Idle and age

    @Test func anIdleConnectionIsToldToLeave() {
        serverStory({ $0.idleTimeout = .seconds(20) }) { story in
            story.pass(.milliseconds(19_999))
            #expect(story.closeReason == nil)
            story.pass(.milliseconds(1))
            #expect(story.closeReason == .idle)
            #expect(story.sent().last?.goAway.code == .idle)
        }
    }

    @Test func aShortIdleTimeIsKeptToo() {
        serverStory({ $0.idleTimeout = .seconds(2) }) { story in
            story.receive(.request(1))
            story.pass(.seconds(8))
            story.respond(1)
            story.pass(.milliseconds(1999))
            #expect(story.closeReason == nil)
            story.pass(.milliseconds(1))
            #expect(story.closeReason == .idle)
        }
    }

    @Test func pingsAreNotCalls() throws {
        try serverStory({ $0.idleTimeout = .seconds(100) }) { story in
            for _ in 0..<3 {
                story.pass(.seconds(30))
                story.receive(try #require(story.sent().first).answered)
            }
            story.receive(.ping(1))
            story.pass(.milliseconds(9_999))
            #expect(story.closeReason == nil)
            story.pass(.milliseconds(1))
            #expect(story.closeReason == .idle)
        }
    }

    @Test func anOpenCallIsNotIdle() {
        serverStory({
            $0.idleTimeout = .seconds(10)
            $0.pingInterval = .zero
        }) { story in
            story.receive(.request(1, "parked"))
            story.pass(.seconds(100))
            #expect(story.closeReason == nil)
        }
    }

    @Test func anOldConnectionDrains() throws {
        try serverStory({ $0.connectionAgeMax = .seconds(20) }) { story in
            story.receive(.request(1, "parked"))
            story.pass(.seconds(20))
            let sent = story.sent()
            #expect(sent.first?.description == "GOAWAY 4294967295 GO_AWAY_CODE_MAX_AGE")
            story.receive(try #require(sent.last).answered)
            #expect(
                story.sentWords()
                    == ["GOAWAY 1 GO_AWAY_CODE_MAX_AGE", "RESPONSE 1 UNAVAILABLE DRAINING"])
            story.respond(1)
            #expect(story.closeReason == .maxAge)
        }
    }

    @Test func anAgeThatPassesWhileDrainingIsNothingNew() throws {
        try serverStory({
            $0.connectionAgeMax = .seconds(20)
            $0.idleTimeout = .seconds(25)
        }) { story in
            story.receive(.request(1, timeout: 60_000_000))
            story.pass(.milliseconds(19_500))
            story.drain()
            story.pass(.milliseconds(900))
            story.receive(try #require(story.sent().last).answered)
            story.pass(.seconds(28))
            #expect(story.closeReason == nil)
            story.respond(1)
            #expect(story.closeReason == .drained)
        }
    }

    // MARK: Peers that do not read

    @Test func readingPausesAtTheHighMark() {
        serverStory({ $0.outboundHighBytes = 1000 }) { story in
            story.receive(.request(1), .request(3, "parked"))
            story.respond(1, bodyBytes: 1000)
            #expect(!story.wantsRead)
            #expect(story.sendItem(3) == .full)
            story.receive(.request(5, "plain"))
            #expect(story.said() == ["call 1 unary", "call 3 parked"])
            _ = story.sent()
            #expect(story.wantsRead)
            story.work()
            #expect(story.said() == ["call 5 plain"])
            #expect(story.sendItem(3) == .written)
        }
    }

    @Test func theHardMarkEndsTheConnection() {
        serverStory({ $0.outboundHardBytes = 5000 }) { story in
            story.receive(.request(1), .request(3), .request(5))
            story.respond(1, bodyBytes: 2000)
            story.respond(3, bodyBytes: 2000)
            #expect(story.closeReason == nil)
            story.respond(5, bodyBytes: 2000)
            #expect(story.closeReason == .slowConsumer)
            #expect(story.queued.count < 200, "what was queued is worth nothing to it")
            #expect(story.sentWords() == ["GOAWAY 5 GO_AWAY_CODE_SLOW_CONSUMER"])
            #expect(story.openStreams == 0)
        }
    }

    @Test func aPeerThatTakesNothingIsLeft() {
        serverStory { story in
            story.receive(.request(1))
            story.respond(1, bodyBytes: 100_000)
            story.write(50)
            story.block()
            story.pass(.milliseconds(9999))
            #expect(story.closeReason == nil)
            story.pass(.milliseconds(1))
            #expect(story.closeReason == .slowConsumer)
        }
    }

    @Test func aPeerThatTakesSomethingIsKept() {
        serverStory { story in
            story.receive(.request(1))
            story.respond(1, bodyBytes: 1000)
            for _ in 0..<10 {
                story.write(1)
                story.pass(.seconds(9))
            }
            #expect(story.closeReason == nil)
        }
    }

    @Test func aConnectionThatEndsDoesNotWaitForEverForItsPeer() {
        serverStory { story in
            story.receive(.request(1))
            story.respond(1, bodyBytes: 100_000)
            story.block()
            story.pass(.seconds(10))
            #expect(story.closeReason == .slowConsumer)
            story.block()
            #expect(!story.isOver)
            story.pass(.seconds(10))
            #expect(story.isOver, "the last words were not taken either")
            story.pass(.seconds(1000))
        }
    }

    @Test func aPeerThatTakesTheLastWordsByteByByteIsLeftAlso() {
        serverStory { story in
            story.receive(.hello())
            #expect(story.closeReason == .violation(.secondHello))
            for _ in 0..<3 {
                story.write(1)
                story.pass(.seconds(4))
            }
            #expect(story.isOver)
        }
    }

    @Test func aConnectionIsOverWhenItsLastWordsAreTaken() {
        serverStory { story in
            story.receive(.hello())
            #expect(!story.isOver)
            _ = story.sent()
            #expect(story.isOver)
        }
    }
}
