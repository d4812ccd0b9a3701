import HoldfastBase
import HoldfastTestWire
import HoldfastWire
import Testing

/// What a server makes of the first bytes of a connection.
@Suite struct GreetingStories {
    @Test func theServerSpeaksAtOnce() {
        serverStory(greeted: false) { story in
            #expect(story.sentWords() == ["HELLO"])
            #expect(!story.isGreeted)
        }
    }

    @Test func requestsMayFollowTheHelloWithoutWaiting() {
        serverStory(greeted: false) { story in
            story.receive(.hello(), .request(1), .request(3, "plain", body: [9, 9]))
            #expect(story.said() == ["call 1 unary", "call 3 plain"])
            #expect(story.sentWords() == ["HELLO", "RESPONSE 3 OK [2]"])
            #expect(story.callsTotal == 2)
        }
    }

    @Test func theHelloMustBeFirst() {
        serverStory(greeted: false) { story in
            story.receive(.request(1), .hello())
            #expect(story.closeReason == .violation(.helloExpected))
            #expect(story.sentWords() == ["HELLO", "GOAWAY 0 GO_AWAY_CODE_PROTOCOL_ERROR"])
        }
    }

    @Test(arguments: [TestFrame(99, body: [1]), .ping(1), .cancel(1), .goAway(last: 0)])
    func nothingElseMayBeFirst(_ frame: TestFrame) {
        serverStory(greeted: false) { story in
            story.receive(frame)
            #expect(story.closeReason == .violation(.helloExpected))
        }
    }

    @Test func fourKilobytesAreTheMostBeforeTheHello() {
        serverStory(greeted: false) { story in
            let agentBytes = 4096 - 12 - TestFrame.hello().body.count - 3
            let frame = TestFrame.hello(
                Hello(
                    minMinor: 1, maxMinor: 1, features: [String(repeating: "f", count: agentBytes)])
            )
            #expect(frame.bytes.count == 4096)
            story.receive(frame)
            #expect(story.isGreeted)
        }
        serverStory(greeted: false) { story in
            story.receive(bytes: TestFrame(1, body: Array(repeating: 0, count: 4085)).bytes)
            #expect(story.closeReason == .violation(.helloTooLarge))
            #expect(story.sent().last?.goAway.code == .frameTooLarge)
        }
    }

    @Test func theHelloMayBeSentOnce() {
        serverStory { story in
            story.receive(.hello())
            #expect(story.closeReason == .violation(.secondHello))
        }
    }

    @Test func aHelloThatIsNoMessageIsRefused() {
        serverStory(greeted: false) { story in
            story.receive(TestFrame(1, body: [0xFF, 0xFF]))
            #expect(story.closeReason == .violation(.badHello))
        }
    }

    @Test func theHelloBelongsToTheConnection() {
        serverStory(greeted: false) { story in
            story.receive(TestFrame(1, stream: 1, body: TestFrame.hello().body))
            #expect(story.closeReason == .violation(.streamOnConnectionFrame))
        }
    }

    @Test(arguments: [Hello(), Hello(minMinor: 2, maxMinor: 9), Hello(minMinor: 2, maxMinor: 1)])
    func aVersionMustBeCommon(_ hello: Hello) {
        serverStory(greeted: false) { story in
            story.receive(.hello(hello))
            #expect(story.closeReason == .violation(.versionUnsupported))
            #expect(story.sent().last?.goAway.code == .versionUnsupported)
        }
    }

    @Test func aClientOfLaterVersionsIsUnderstood() {
        serverStory(greeted: false) { story in
            story.receive(.hello(Hello(minMinor: 0, maxMinor: 7, agent: "later")))
            #expect(story.isGreeted)
            #expect(story.agent == "later")
        }
    }

    @Test func aNameOfTheGreatestLengthIsTakenAndALongerOneRefused() {
        serverStory({ $0.agentBytesMax = 20 }, greeted: false) { story in
            let name = String(repeating: "é", count: 10)
            story.receive(.hello(Hello(minMinor: 1, maxMinor: 1, agent: name)))
            #expect(story.agent == name)
        }
        serverStory({ $0.agentBytesMax = 20 }, greeted: false) { story in
            let name = String(repeating: "é", count: 10) + "x"
            story.receive(.hello(Hello(minMinor: 1, maxMinor: 1, agent: name)))
            #expect(story.closeReason == .violation(.agentTooLong))
        }
    }

    @Test func theHelloMustComeInTime() {
        serverStory(greeted: false) { story in
            story.receive(bytes: Array(TestFrame.hello().bytes.dropLast()))
            story.pass(.milliseconds(4999))
            #expect(story.closeReason == nil)
            story.pass(.milliseconds(1))
            #expect(story.closeReason == .helloTimeout)
            #expect(story.sent().last?.goAway.code == .tooSlow)
        }
    }

    @Test func theTimeForTheHelloBeginsAfterTheHandshake() {
        serverStory(greeted: false) { story in
            story.pass(.seconds(4))
            story.machine.transportOpened(story.now)
            story.pass(.milliseconds(4999))
            #expect(story.closeReason == nil)
            story.pass(.milliseconds(1))
            #expect(story.closeReason == .helloTimeout)
        }
    }

    @Test func drainingBeforeTheHelloEndsAtOnce() {
        serverStory(greeted: false) { story in
            story.drain()
            #expect(story.closeReason == .drained)
            #expect(story.sentWords() == ["HELLO", "GOAWAY 0 GO_AWAY_CODE_DRAINING"])
        }
    }

    @Test func nothingIsReadOnceTheConnectionEnds() {
        serverStory(greeted: false) { story in
            story.receive(.ping(1))
            _ = story.sent()
            story.receive(.hello(), .request(1), .ping(2))
            #expect(story.said() == [])
            #expect(story.sent() == [])
            #expect(!story.wantsRead)
        }
    }
}
