import HoldfastBase
import HoldfastTestWire
import HoldfastWire
import Testing

/// The client's end, frame by frame.
@Suite struct ClientStories {
    // MARK: Greeting

    @Test func requestsLeaveBehindTheHelloWithoutWaiting() {
        clientStory(greeted: false) { story in
            story.begin()
            story.begin(.parked)
            #expect(story.sentWords() == ["HELLO", "REQUEST 1", "REQUEST 3"])
            story.receive(.hello(), .response(1))
            #expect(story.said() == ["greeted ", "response 1 OK"])
        }
    }

    @Test(arguments: [TestFrame.response(1), .item(3), .ping(1), .cancel(1), .credit(1, 1)])
    func theServersHelloMustBeFirst(_ frame: TestFrame) {
        clientStory(greeted: false) { story in
            story.begin()
            story.begin(.parked)
            story.receive(frame)
            #expect(story.closeReason == .violation(.helloExpected))
            #expect(story.said() == [])
        }
    }

    @Test func theServerMaySayGoodbyeFirst() {
        clientStory(greeted: false) { story in
            story.begin()
            story.receive(.goAway(last: 0))
            #expect(story.said() == ["goAway 0 GO_AWAY_CODE_DRAINING"])
            #expect(story.firstUnprocessed == 1)
        }
    }

    @Test func theServersHelloMustComeInTime() {
        clientStory(greeted: false) { story in
            story.pass(.milliseconds(4999))
            #expect(story.closeReason == nil)
            story.pass(.milliseconds(1))
            #expect(story.closeReason == .helloTimeout)
        }
    }

    @Test func theServersLimitsHold() {
        clientStory(greeted: false) { story in
            story.greet(
                Hello(
                    minMinor: 1, maxMinor: 1, maxRequestBytes: 100, maxConcurrentStreams: 2,
                    maxParkedStreams: 1))
            #expect(story.tryBegin(.unary, .seconds(1), 0, 200) == .tooLarge(limit: 100))
            story.begin()
            story.begin()
            #expect(story.tryBegin() == .full)
            story.begin(.parked)
            #expect(story.tryBegin(.parked) == .full)
            story.receive(.response(1))
            #expect(story.begin() == 7)
        }
    }

    @Test func vitalCallsHaveSlotsOfTheirOwn() {
        clientStory({ $0.reservedStreams = 2 }, greeted: false) { story in
            story.greet(Hello(minMinor: 1, maxMinor: 1, maxConcurrentStreams: 1))
            story.begin()
            #expect(story.tryBegin() == .full)
            #expect(story.begin(.vital) == 3)
            #expect(story.begin(.vital) == 5)
            #expect(story.tryBegin(.vital) == .full)
        }
    }

    @Test func aHeadThatWouldEndTheConnectionIsNotSent() {
        clientStory { story in
            #expect(
                story.tryBegin(metadataBytes: 9000) == .tooLarge(limit: 8 << 10),
                "the server ends a connection with a larger HEAD")
            #expect(story.begin() == 1)
        }
    }

    @Test func aServerThatSaysItTakesEverythingIsNotBelieved() {
        clientStory(greeted: false) { story in
            story.greet(Hello(minMinor: 1, maxMinor: 1, maxRequestBytes: .max))
            #expect(story.requestBytesMax == FrameHeader.lengthMax)
        }
    }

    // MARK: Fouls

    @Test(arguments: [
        (TestFrame.hello(), FrameViolation.secondHello), (.request(1), .wrongDirection),
        (.cancel(1), .wrongDirection), (.credit(1, 1), .wrongDirection),
        (.response(9), .streamNeverOpened), (.item(9), .streamNeverOpened),
        (.item(1), .itemWithoutCredit), (TestFrame(3, stream: 1, head: [0xFF]), .badHead),
        (TestFrame(7, stream: 1, body: [UInt8](repeating: 0, count: 8)), .streamOnConnectionFrame),
        (TestFrame(7, body: [1]), .badControlBody), (TestFrame(8, body: [0xFF]), .badControlBody),
        (TestFrame(8, stream: 1), .streamOnConnectionFrame),
        (TestFrame(77, flags: 0x80), .unknownFrameMustUnderstand),
        (TestFrame(7, flags: 2, body: [UInt8](repeating: 0, count: 8)), .reservedFlags),
    ])
    func aFoulOfTheServerEndsTheConnection(_ frame: TestFrame, _ violation: FrameViolation) {
        clientStory { story in
            story.begin()
            _ = story.sent()
            story.receive(frame)
            #expect(story.closeReason == .violation(violation))
            #expect(story.sent().last?.goAway.code == violation.goAwayCode)
        }
    }

    @Test(arguments: [
        (Hello(), FrameViolation.versionUnsupported),
        (Hello(minMinor: 2, maxMinor: 3), .versionUnsupported),
    ])
    func aServerOfAnotherVersionIsLeft(_ hello: Hello, _ violation: FrameViolation) {
        clientStory(greeted: false) { story in
            story.receive(.hello(hello))
            #expect(story.closeReason == .violation(violation))
        }
    }

    @Test func unknownFramesAreDropped() {
        clientStory { story in
            story.begin()
            story.receive(TestFrame(77, stream: 4, body: [1, 2]), .response(1))
            #expect(story.said() == ["response 1 OK"])
        }
    }

    // MARK: Calls

    @Test func theRemainingTimeIsOnTheWire() throws {
        try clientStory { story in
            story.begin(timeout: .milliseconds(1500))
            story.begin(.parked, timeout: nil)
            story.begin(timeout: Interval(nanoseconds: 1))
            let heads = try story.sent().map { frame in try RequestHead(decoding: frame.head) }
            #expect(heads.map(\.timeoutUs) == [1_500_000, 0, 1])
        }
    }

    @Test func aDeadlineIsToldOnceAndItsResponseIsLate() {
        clientStory { story in
            story.begin(timeout: .seconds(1))
            story.begin(timeout: .seconds(2))
            _ = story.sent()
            #expect(story.pass(.milliseconds(999)) == [])
            #expect(story.pass(.milliseconds(1)) == [1])
            #expect(story.sentWords() == ["CANCEL 1"])
            #expect(story.pass(.milliseconds(500)) == [])
            story.receive(.response(1))
            #expect(story.said() == ["response 1 OK late"])
            #expect(story.pass(.milliseconds(500)) == [3])
            #expect(story.openStreams == 1)
        }
    }

    @Test func aCancelledCallWaitsForItsResponse() {
        clientStory { story in
            story.begin()
            story.cancel(1)
            story.cancel(1)
            #expect(story.sentWords() == ["REQUEST 1", "CANCEL 1"])
            #expect(story.openStreams == 1)
            #expect(story.pass(.seconds(61)) == [], "nobody waits for it")
            story.receive(.response(1, RPCError(.cancelled, "")))
            #expect(story.said().last == "response 1 CANCELLED late")
            #expect(story.openStreams == 0)
        }
    }

    @Test func itemsAreBoundByCredit() {
        clientStory { story in
            story.begin(.parked, credit: 2)
            story.receive(.item(1), .item(1, [1, 2]))
            #expect(story.said() == ["item 1 [1]", "item 1 [2]"])
            story.machine.grant(1, items: 1)
            #expect(story.sentWords() == ["REQUEST 1", "CREDIT 1 1"])
            story.receive(.item(1))
            #expect(story.closeReason == nil)
            story.receive(.item(1))
            #expect(story.closeReason == .violation(.itemWithoutCredit))
        }
    }

    @Test func itemsThatCrossTheCancelAreDropped() {
        clientStory { story in
            story.begin(.parked, credit: 1)
            story.cancel(1)
            story.machine.grant(1, items: 4)
            story.receive(.item(1), .response(1, RPCError(.cancelled, "")))
            #expect(story.said() == ["response 1 CANCELLED late"])
            #expect(story.sentWords() == ["REQUEST 1", "CANCEL 1"])
        }
    }

    // MARK: The last numbers

    @Test func theLastNumbersAreUsedUp() {
        clientStory(firstStream: .max - 4) { story in
            #expect(story.begin() == UInt32.max - 4)
            #expect(story.begin() == UInt32.max - 2)
            #expect(story.begin() == UInt32.max)
            #expect(!story.takesCalls)
            #expect(story.tryBegin() == .elsewhere)
            story.receive(.response(.max), .response(.max - 4), .response(.max - 2))
            #expect(story.openStreams == 0)
            #expect(story.closeReason == nil)
        }
    }

    // MARK: GOAWAY

    @Test func theServerLeavesInTwoSteps() {
        clientStory { story in
            story.begin()
            story.begin()
            story.begin()
            story.receive(.goAway(last: .max), .ping(5))
            #expect(!story.takesCalls)
            #expect(story.tryBegin() == .elsewhere)
            #expect(story.firstUnprocessed == nil)
            story.receive(.goAway(last: 3))
            #expect(story.firstUnprocessed == 5)
            story.machine.forget(5)
            #expect(story.firstUnprocessed == nil)
            story.receive(.response(3), .response(1))
            #expect(story.openStreams == 0)
        }
    }

    // MARK: Life

    @Test func aServerWithOpenCallsIsAskedEveryTenSeconds() throws {
        try clientStory { story in
            story.begin(timeout: nil)
            _ = story.sent()
            story.pass(.milliseconds(9999))
            #expect(story.sent() == [])
            story.pass(.milliseconds(1))
            let ping = try #require(story.sent().first)
            story.receive(ping.answered)
            story.pass(.seconds(10))
            #expect(story.sent().count == 1)
            story.pass(.milliseconds(4999))
            #expect(story.closeReason == nil)
            story.pass(.milliseconds(1))
            #expect(story.closeReason == .pingTimeout)
        }
    }

    @Test func aCallOnAnIdleConnectionShortensTheSilence() {
        clientStory { story in
            story.pass(.seconds(50))
            #expect(story.sent() == [])
            story.begin(timeout: nil)
            _ = story.sent()
            story.receive(TestFrame(99))
            story.pass(.milliseconds(9999))
            #expect(story.sent() == [])
            story.pass(.milliseconds(1))
            #expect(story.sent().count == 1)
        }
        clientStory { story in
            story.begin(timeout: nil)
            _ = story.sent()
            story.pass(.seconds(10))
            #expect(story.sent().count == 1, "not a minute")
        }
    }

    @Test func callsThatExpireDoNotPutOffThePing() {
        clientStory { story in
            var pings = 0
            for _ in 0..<20 {
                story.begin(timeout: .seconds(1))
                story.pass(.seconds(1))
                pings += story.sent().filter { $0.type == 7 }.count
            }
            #expect(pings == 1)
            #expect(story.closeReason == .pingTimeout)
        }
    }

    @Test func aPingThatHasNotLeftIsNotLate() {
        clientStory { story in
            story.begin(timeout: nil, bodyBytes: 60_000)
            for _ in 0..<10 {
                story.machine.written(100, now: story.now)
                story.pass(.seconds(9))
            }
            #expect(story.closeReason == nil)
            story.machine.written(.max, now: story.now)
        }
    }

    @Test func aByteInTheTickOfThePingIsLife() {
        clientStory { story in
            story.begin(timeout: nil)
            story.pass(.seconds(10))
            story.receive(TestFrame(99))
            story.pass(.seconds(9))
            #expect(story.closeReason == nil)
        }
    }

    @Test func pingsKeepTheServersPace() {
        clientStory(greeted: false) { story in
            story.greet(Hello(minMinor: 1, maxMinor: 1, minPingIntervalMs: 120_000))
            story.begin(timeout: nil)
            _ = story.sent()
            story.pass(.milliseconds(119_999))
            #expect(story.sent() == [])
            story.pass(.milliseconds(1))
            #expect(story.sent().count == 1)
        }
    }

    @Test func aServerThatDoesNotReadIsLeft() {
        clientStory { story in
            story.begin(timeout: nil, bodyBytes: 60_000)
            story.block()
            story.pass(.milliseconds(9999))
            story.receive(TestFrame(99))
            #expect(story.closeReason == nil)
            story.pass(.milliseconds(1))
            #expect(story.closeReason == .writeStall)
            story.block()
            #expect(!story.isOver)
            story.pass(.seconds(10))
            #expect(story.isOver)
            story.pass(.seconds(1000))
        }
    }

    @Test func nothingIsSaidAfterTheLastWord() {
        clientStory { story in
            story.begin(timeout: .seconds(1))
            story.begin(.parked, timeout: nil)
            story.machine.close(.local, code: .idle, reason: "done")
            story.cancel(3)
            story.machine.grant(3, items: 3)
            #expect(story.sent().last?.type == 8)
            #expect(story.pass(.seconds(100)) == [1], "callers are still told of their deadlines")
            #expect(story.sent() == [])
            #expect(story.tryBegin() == .elsewhere)
            #expect(story.isOver)
        }
    }
}
