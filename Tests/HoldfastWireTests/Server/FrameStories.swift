import HoldfastBase
import HoldfastTestWire
import HoldfastWire
import Testing

/// Frames that are legal, frames that are not, and the races between.
@Suite struct FrameStories {
    struct Foul: CustomTestStringConvertible {
        let bytes: [UInt8]
        let violation: FrameViolation
        var testDescription: String { violation.rawValue }

        init(_ frame: TestFrame, _ violation: FrameViolation) {
            self.init(frame.bytes, violation)
        }

        init(_ bytes: [UInt8], _ violation: FrameViolation) {
            self.bytes = bytes
            self.violation = violation
        }
    }

    /// Every way to break the protocol after the HELLO.
    static let fouls = [
        Foul(Array("GET / HTTP/1.1\r\n".utf8), .notThisProtocol),
        Foul([0x16, 3, 1, 0], .notThisProtocol),
        Foul([0, 1, 0, 1, 2, 0, 0, 0, 0, 0, 0, 1], .frameTooLarge),
        Foul([0xFF, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1], .notThisProtocol),
        Foul([0, 0, 0x20, 1, 2, 0, 0x20, 1, 0, 0, 0, 1], .headTooLarge),
        Foul([0, 0, 0, 4, 2, 0, 0, 5, 0, 0, 0, 1], .headLongerThanFrame),
        Foul(TestFrame(7, flags: 0x02, body: Array(repeating: 0, count: 8)), .reservedFlags),
        Foul(TestFrame(7, flags: 0x40, body: Array(repeating: 0, count: 8)), .reservedFlags),
        Foul(TestFrame(2, flags: 0x01, stream: 1), .unexpectedAcknowledge),
        Foul(TestFrame(99, flags: 0x80), .unknownFrameMustUnderstand),
        Foul(TestFrame(0, flags: 0x80), .unknownFrameMustUnderstand),
        Foul(.hello(), .secondHello),
        Foul(.request(0), .streamNotOdd),
        Foul(.request(2), .streamNotOdd),
        Foul(.cancel(0), .streamNeverOpened),
        Foul(.cancel(1), .streamNeverOpened),
        Foul(.credit(0, 1), .streamNeverOpened),
        Foul(.credit(1, 1), .streamNeverOpened),
        Foul(.response(1), .wrongDirection),
        Foul(.item(1), .wrongDirection),
        Foul(TestFrame(2, stream: 1, head: [0xFF]), .badHead),
        Foul(TestFrame(7, body: [1, 2, 3, 4, 5, 6, 7]), .badControlBody),
        Foul(TestFrame(7, head: [1], body: [1, 2, 3, 4, 5, 6, 7, 8]), .badControlBody),
        Foul(
            TestFrame(7, stream: 1, body: Array(repeating: 0, count: 8)), .streamOnConnectionFrame),
        Foul(TestFrame(8, stream: 1), .streamOnConnectionFrame),
    ]

    @Test(arguments: fouls) func aFoulEndsTheConnection(_ foul: Foul) {
        serverStory { story in
            story.receive(bytes: foul.bytes)
            #expect(story.closeReason == .violation(foul.violation))
            let goAway = story.sent().last?.goAway
            #expect(goAway?.code == foul.violation.goAwayCode)
            #expect(goAway?.reason == foul.violation.explanation)
        }
    }

    @Test(arguments: [
        Foul(.request(3), .streamNotIncreasing),
        Foul(.request(1), .streamNotIncreasing),
        Foul(.cancel(5), .streamNeverOpened),
        Foul(TestFrame(5, stream: 3, head: [0xFF]), .badHead),
        Foul(TestFrame(6, stream: 3, body: [1, 2, 3]), .badControlBody),
    ])
    func aFoulOnAnOpenStreamEndsTheConnection(_ foul: Foul) {
        serverStory { story in
            story.receive(.request(3))
            story.receive(bytes: foul.bytes)
            #expect(story.closeReason == .violation(foul.violation))
            #expect(story.sent().last?.goAway.lastStreamId == 3)
        }
    }

    @Test func everyViolationHasAStory() {
        let here = Set(Self.fouls.map(\.violation)).union([.streamNotIncreasing])
        let elsewhere: Set<FrameViolation> = [
            .helloExpected, .helloTooLarge, .badHello, .versionUnsupported, .agentTooLong,
            .itemWithoutCredit,
        ]
        #expect(here.union(elsewhere) == Set(FrameViolation.allCases))
    }

    @Test func framesOfTheGreatestSizeAreTaken() {
        serverStory { story in
            let head = TestFrame.request(1, "plain").head
            let body = [UInt8](repeating: 1, count: (64 << 10) - head.count)
            story.receive(TestFrame(2, stream: 1, head: head, body: body))
            #expect(story.sentWords() == ["RESPONSE 1 OK [\(body.count)]"])
        }
    }

    @Test func unknownFramesAreDropped() {
        serverStory { story in
            story.receive(
                TestFrame(99, stream: 8, head: [1], body: [2]), TestFrame(0), .request(1, "plain"))
            #expect(story.said() == ["call 1 plain"])
            #expect(story.closeReason == nil)
        }
    }

    @Test func mustUnderstandOnAKnownFrameIsNothingNew() {
        serverStory { story in
            var frame = TestFrame.request(1, "plain")
            frame.flags = 0x80
            story.receive(frame)
            #expect(story.sentWords() == ["RESPONSE 1 OK"])
        }
    }

    @Test func theClientMaySayThatItLeaves() {
        serverStory { story in
            story.receive(.request(1), .goAway(last: 0), .ping(1))
            story.respond(1)
            #expect(story.sentWords() == ["PONG 1", "RESPONSE 1 OK"])
            #expect(story.closeReason == nil)
        }
    }

    @Test func streamNumbersMayLeaveGaps() {
        serverStory { story in
            story.receive(.request(1), .request(99), .request(.max))
            #expect(story.said() == ["call 1 unary", "call 99 unary", "call 4294967295 unary"])
            #expect(story.lastStream == .max)
        }
    }

    @Test func tooMuchMetadataCostsOnlyTheCall() {
        serverStory { story in
            story.receive(.request(1, metadata: 32), .request(3, metadata: 33))
            #expect(story.said() == ["call 1 unary"])
            #expect(
                story.sentWords() == ["RESPONSE 3 RESOURCE_EXHAUSTED METADATA_LIMIT not processed"])
        }
    }

    @Test func cancelAndCreditMayCrossTheResponse() {
        serverStory { story in
            story.receive(.request(1))
            story.respond(1)
            story.receive(.cancel(1), .credit(1, 5), .request(3, "plain"))
            #expect(story.said() == ["call 1 unary", "call 3 plain"])
            #expect(story.closeReason == nil)
        }
    }

    @Test func aSecondCancelSaysNothingNew() {
        serverStory { story in
            story.receive(.request(1), .cancel(1), .cancel(1))
            #expect(story.said() == ["call 1 unary", "cancelled 1"])
        }
    }

    @Test func unfinishedFramesHaveATime() {
        serverStory { story in
            story.receive(bytes: Array(TestFrame.request(1).bytes.dropLast()))
            story.pass(.milliseconds(9999))
            #expect(story.closeReason == nil)
            story.pass(.milliseconds(1))
            #expect(story.closeReason == .frameTimeout)
            #expect(story.sent().last?.goAway.code == .tooSlow)
        }
    }

    @Test func theTimeOfAnUnfinishedFrameBeginsWithItsFirstByte() {
        serverStory { story in
            let bytes = TestFrame.request(1).bytes
            story.receive(bytes: Array(bytes[..<4]))
            story.pass(.seconds(9))
            story.receive(bytes: Array(bytes[4...] + TestFrame.request(3).bytes[..<4]))
            story.pass(.seconds(9))
            #expect(story.closeReason == nil)
            story.receive(bytes: Array(TestFrame.request(3).bytes[4..<5]))
            story.pass(.seconds(1))
            #expect(story.closeReason == .frameTimeout)
        }
    }

    @Test func aFrameBegunBehindTheHelloHasAllItsTime() {
        serverStory(greeted: false) { story in
            let hello = TestFrame.hello().bytes
            story.receive(bytes: Array(hello[..<4]))
            story.pass(.seconds(4))
            story.receive(bytes: Array(hello[4...] + TestFrame.request(1).bytes[..<4]))
            story.pass(.seconds(9))
            #expect(story.closeReason == nil)
            story.pass(.seconds(1))
            #expect(story.closeReason == .frameTimeout)
        }
    }
}
