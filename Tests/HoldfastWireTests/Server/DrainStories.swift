import HoldfastBase
import HoldfastTestWire
import HoldfastWire
import Testing

/// A server that wants its client to go elsewhere.
@Suite struct DrainStories {
    /// Both phases, with everything that may cross.
    @Test func drainingTakesTwoSteps() throws {
        try serverStory { story in
            story.receive(.request(1), .request(3, "parked"))
            story.drain()
            let announced = story.sent()
            #expect(announced.first?.description == "GOAWAY 4294967295 GO_AWAY_CODE_DRAINING")
            #expect(story.isDraining)
            // It crossed the first GOAWAY: still taken.
            story.receive(.request(5))
            story.receive(try #require(announced.last).answered)
            #expect(
                story.sentWords()
                    == ["GOAWAY 5 GO_AWAY_CODE_DRAINING", "RESPONSE 3 UNAVAILABLE DRAINING"])
            // It crossed the last GOAWAY: dropped, and the client knows.
            story.receive(.request(7))
            #expect(story.said() == ["call 1 unary", "call 3 parked", "call 5 unary"])
            story.respond(1)
            story.respond(3)
            #expect(story.closeReason == nil)
            story.respond(5)
            #expect(story.closeReason == .drained)
            #expect(story.sentWords() == ["RESPONSE 1 OK", "RESPONSE 5 OK"])
        }
    }

    @Test func framesForACallThatCrossedTheLastGoAwayAreARace() {
        serverStory { story in
            story.receive(.request(1))
            story.drain()
            story.pass(.seconds(1))
            story.receive(.request(3, "parked"), .cancel(3), .credit(3, 1), .request(5), .cancel(5))
            #expect(story.closeReason == nil)
            #expect(story.said() == ["call 1 unary"])
            story.pass(.seconds(30))
            #expect(story.closeReason == .drainGraceOver)
            #expect(story.sent().last?.goAway.lastStreamId == 1, "the others were not processed")
        }
    }

    @Test func numbersThatCrossedTheLastGoAwayCountAsUsed() {
        serverStory { story in
            story.receive(.request(1))
            story.drain()
            story.pass(.seconds(1))
            story.receive(.request(3), .request(3))
            #expect(story.closeReason == .violation(.streamNotIncreasing))
        }
    }

    @Test func aClientThatDoesNotAnswerIsWaitedForOneSecond() {
        serverStory { story in
            story.receive(.request(1))
            story.drain()
            _ = story.sent()
            story.pass(.milliseconds(999))
            #expect(story.sent() == [])
            story.pass(.milliseconds(1))
            #expect(story.sentWords() == ["GOAWAY 1 GO_AWAY_CODE_DRAINING"])
        }
    }

    @Test func thePingStandsBehindTheGoAway() {
        serverStory { story in
            story.receive(.request(1))
            story.respond(1)
            story.drain()
            let words = story.sent().map(\.type)
            #expect(words == [3, 8, 7])
        }
    }

    @Test func onlyTheRightAnswerEndsTheFirstPhase() throws {
        try serverStory { story in
            story.receive(.request(1))
            story.drain()
            let ping = try #require(story.sent().last)
            story.receive(.pong(1))
            #expect(story.sent() == [])
            story.receive(ping.answered)
            #expect(story.sent().count == 1)
        }
    }

    @Test func withoutCallsTheDrainEndsAtOnce() throws {
        try serverStory { story in
            story.drain()
            story.receive(try #require(story.sent().last).answered)
            #expect(story.closeReason == .drained)
        }
    }

    @Test func theGraceEnds() {
        serverStory { story in
            story.receive(.request(1, timeout: 60_000_000))
            story.drain(grace: .seconds(3))
            story.pass(.seconds(1))
            story.pass(.milliseconds(2999))
            #expect(story.closeReason == nil)
            story.pass(.milliseconds(1))
            #expect(story.closeReason == .drainGraceOver)
            #expect(story.respond(1) == .gone)
        }
    }

    @Test func aSecondDrainIsNothingNew() {
        serverStory { story in
            story.receive(.request(1))
            story.drain()
            _ = story.sent()
            story.drain()
            #expect(story.sent() == [])
            story.pass(.seconds(1))
            _ = story.sent()
            story.drain()
            #expect(story.sent() == [])
        }
    }

    @Test func deadlinesHoldWhileDraining() throws {
        try serverStory { story in
            story.receive(.request(1, timeout: 5_000_000))
            story.drain()
            story.receive(try #require(story.sent().last).answered)
            _ = story.sent()
            story.pass(.seconds(5))
            #expect(story.sentWords() == ["RESPONSE 1 DEADLINE_EXCEEDED"])
            #expect(story.closeReason == nil)
            story.respond(1)
            #expect(story.closeReason == .drained)
        }
    }

    /// The shell must cancel the work of what the machine has answered, whoever made it answer.
    @Test func theShellIsToldOfStreamsThatEndEarly() throws {
        try serverStory { story in
            story.receive(.request(1, "parked"), .request(3, timeout: 1000))
            #expect(!story.takeAbandoned())
            story.pass(.milliseconds(1))
            #expect(story.takeAbandoned())
            #expect(!story.takeAbandoned())
            _ = story.sent()
            story.drain()
            story.receive(try #require(story.sent().last).answered)
            #expect(story.takeAbandoned())
            #expect(story.firstAbandoned == 1)
        }
    }

    @Test func pingsAreAnsweredToTheEnd() {
        serverStory { story in
            story.receive(.request(1))
            story.drain()
            story.pass(.seconds(1))
            _ = story.sent()
            story.receive(.ping(9))
            #expect(story.sentWords() == ["PONG 9"])
        }
    }
}
