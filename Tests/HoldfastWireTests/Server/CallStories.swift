import HoldfastBase
import HoldfastTestWire
import HoldfastWire
import Testing

/// Calls: their answers, deadlines, cancellation, and the limits on how many there may be.
@Suite struct CallStories {
    @Test func aCallIsAnsweredOnce() {
        serverStory { story in
            story.receive(.request(1))
            #expect(story.respond(1, bodyBytes: 3) == .written)
            #expect(story.respond(1) == .gone)
            #expect(story.fail(1, RPCError(.internal, "")) == .gone)
            #expect(story.sentWords() == ["RESPONSE 1 OK [3]"])
            #expect(story.openStreams == 0)
        }
    }

    @Test func errorsTravelWhole() {
        serverStory { story in
            let error = RPCError(
                .failedPrecondition, "the message", reason: "STALE",
                metadata: ["a": "1", "b": "ö"],
                violations: [.init(field: "x.y", description: "odd")],
                retryAfter: .milliseconds(250), isNotProcessed: true)
            story.receive(.request(1))
            story.fail(1, error)
            #expect(story.sent().first?.error == error)
        }
    }

    @Test func anAnswerTooLargeForTheCallerBecomesAnError() {
        serverStory(greeted: false) { story in
            story.greet(Hello(minMinor: 1, maxMinor: 1, maxResponseBytes: 100))
            story.receive(
                .request(1), .request(3),
                .request(5, "plain", body: [UInt8](repeating: 0, count: 101)))
            #expect(story.respond(1, bodyBytes: 100) == .written)
            #expect(story.respond(3, bodyBytes: 101) == .tooLarge)
            let large = "RESOURCE_EXHAUSTED RESPONSE_TOO_LARGE"
            #expect(
                story.sentWords()
                    == ["RESPONSE 5 \(large)", "RESPONSE 1 OK [100]", "RESPONSE 3 \(large)"])
            #expect(story.openStreams == 0)
        }
    }

    @Test func ourOwnLimitHoldsWhereTheCallerTakesMore() {
        serverStory({ $0.responseBytesMax = 50 }, greeted: false) { story in
            story.greet(Hello(minMinor: 1, maxMinor: 1, maxResponseBytes: 100))
            story.receive(.request(1))
            #expect(story.respond(1, bodyBytes: 51) == .tooLarge)
        }
    }

    // MARK: Deadlines

    @Test func theDeadlineIsAnsweredOnceAndNothingAfterIt() {
        serverStory { story in
            story.receive(.request(1, timeout: 500_000))
            story.pass(.milliseconds(499))
            #expect(story.sent() == [])
            story.pass(.milliseconds(1))
            #expect(story.sentWords() == ["RESPONSE 1 DEADLINE_EXCEEDED"])
            #expect(story.firstAbandoned == 1)
            #expect(story.openStreams == 1, "the slot stays until the work has ended")
            #expect(story.sendItem(1) == .gone)
            #expect(story.respond(1) == .gone)
            #expect(story.openStreams == 0)
            story.pass(.seconds(20))
            #expect(story.sent() == [])
        }
    }

    @Test func noAnswerButOneLeavesAfterTheDeadline() {
        serverStory { story in
            story.receive(.request(1, timeout: 1000), .request(3, timeout: 1000))
            // The loop was kept busy: the deadline passed and its timer has not fired.
            story.sleep(.milliseconds(1))
            story.respond(1, bodyBytes: 5)
            story.fail(3, RPCError(.notFound, ""))
            #expect(
                story.sentWords()
                    == ["RESPONSE 1 DEADLINE_EXCEEDED", "RESPONSE 3 DEADLINE_EXCEEDED"])
            #expect(story.openStreams == 0)
        }
    }

    @Test func aCallWithoutDeadlineGetsTheDefault() {
        serverStory({ $0.callTimeoutDefault = .seconds(3) }) { story in
            story.receive(.request(1))
            story.pass(.milliseconds(2999))
            #expect(story.sent() == [])
            story.pass(.milliseconds(1))
            #expect(story.sentWords() == ["RESPONSE 1 DEADLINE_EXCEEDED"])
        }
    }

    @Test(arguments: [20_000_000, UInt64.max])
    func aDeadlineTooFarIsCut(_ microseconds: UInt64) {
        serverStory({
            $0.callTimeoutMax = .seconds(12)
            $0.pingInterval = .seconds(100)
        }) { story in
            story.receive(.request(1, timeout: microseconds))
            story.pass(.milliseconds(11_999))
            #expect(story.sent() == [])
            story.pass(.milliseconds(1))
            #expect(story.sentWords() == ["RESPONSE 1 DEADLINE_EXCEEDED"])
        }
    }

    @Test func aParkedCallLastsAsLongAsItsCallerSays() {
        serverStory({
            $0.callTimeoutMax = .seconds(1)
            $0.callTimeoutDefault = .seconds(1)
            $0.pingInterval = .seconds(100)
        }) { story in
            story.receive(.request(1, "parked"), .request(3, "parked", timeout: 5_000_000))
            story.pass(.milliseconds(4999))
            #expect(story.sent() == [])
            story.pass(.seconds(60))
            #expect(story.sentWords() == ["RESPONSE 3 DEADLINE_EXCEEDED"])
        }
    }

    @Test func theNextDeadlineIsKeptAfterTheFirst() {
        serverStory { story in
            for index in 1...5 as ClosedRange<UInt32> {
                story.receive(.request(index * 2 - 1, timeout: UInt64(6 - index) * 1_000_000))
            }
            for index in (1...5 as ClosedRange<UInt32>).reversed() {
                story.pass(.seconds(1))
                #expect(story.sentWords() == ["RESPONSE \(index * 2 - 1) DEADLINE_EXCEEDED"])
            }
        }
    }

    // MARK: Cancel

    @Test func aCancelledCallKeepsItsSlotUntilItsWorkEnds() {
        serverStory({ $0.activeStreamsMax = 1 }) { story in
            story.receive(.request(1), .cancel(1), .request(3))
            #expect(story.said() == ["call 1 unary", "cancelled 1", "call 3 unary"])
            #expect(
                story.sentWords()
                    == ["RESPONSE 3 RESOURCE_EXHAUSTED ACTIVE_STREAMS_LIMIT not processed"])
            story.fail(1, RPCError(.cancelled, "undone"))
            story.receive(.request(5))
            story.respond(5)
            #expect(story.sentWords() == ["RESPONSE 1 CANCELLED", "RESPONSE 5 OK"])
        }
    }

    @Test func aGrantThatWasReadyMayAnswerACancelledCall() {
        serverStory { story in
            story.receive(.request(1), .cancel(1))
            #expect(story.respond(1, bodyBytes: 1) == .written)
            #expect(story.sentWords() == ["RESPONSE 1 OK [1]"])
        }
    }

    @Test func aCallAnsweredEarlyIsNotCancelledAgain() {
        serverStory { story in
            story.receive(.request(1))
            story.machine.answerEarly(1, RPCError(.aborted, ""))
            story.receive(.cancel(1))
            story.machine.answerEarly(1, RPCError(.aborted, ""))
            #expect(story.said() == ["call 1 unary"])
            #expect(story.sentWords() == ["RESPONSE 1 ABORTED"])
        }
    }

    @Test func floodsOfCancelsEndTheConnection() {
        // A burst may cancel every open call at once, beside what a second allows.
        let limits: (inout Limits) -> Void = {
            $0.cancelsPerSecondMax = 10
            $0.activeStreamsMax = 5
        }
        serverStory(limits) { story in
            story.receive(.request(1))
            for _ in 0..<15 { story.receive(.cancel(1)) }
            #expect(story.closeReason == nil)
            story.pass(.milliseconds(100))
            story.receive(.cancel(1))
            #expect(story.closeReason == nil)
            story.receive(.cancel(1))
            #expect(story.closeReason == .tooManyCancels)
            #expect(story.sent().last?.goAway.code == .tooManyCancels)
        }
    }

    // MARK: How many

    @Test func unaryCallsHaveALimit() {
        serverStory({
            $0.activeStreamsMax = 2
            $0.reservedStreams = 1
        }) { story in
            story.receive(.request(1), .request(3), .request(5), .request(7, "parked"))
            #expect(
                story.sentWords()
                    == ["RESPONSE 5 RESOURCE_EXHAUSTED ACTIVE_STREAMS_LIMIT not processed"])
            #expect(story.activeCount == 2)
            #expect(story.parkedCount == 1)
        }
    }

    @Test func parkedCallsHaveALimitOfTheirOwn() {
        serverStory({ $0.parkedStreamsMax = 1 }) { story in
            story.receive(.request(1, "parked"), .request(3, "parked"), .request(5))
            #expect(
                story.sentWords()
                    == ["RESPONSE 3 RESOURCE_EXHAUSTED PARKED_STREAMS_LIMIT not processed"])
            story.respond(1)
            story.receive(.request(7, "parked"))
            #expect(story.parkedCount == 1)
        }
    }

    @Test func slotsAreKeptBackForVitalCalls() {
        serverStory({
            $0.activeStreamsMax = 2
            $0.reservedStreams = 2
        }) { story in
            story.receive(.request(1), .request(3), .request(5, "vital"), .request(7, "vital"))
            #expect(story.sent() == [])
            story.receive(.request(9, "vital"))
            #expect(
                story.sentWords()
                    == ["RESPONSE 9 RESOURCE_EXHAUSTED ACTIVE_STREAMS_LIMIT not processed"])
        }
    }

    @Test func vitalCallsAreBoundedWhenNothingElseIsOpen() {
        serverStory({
            $0.activeStreamsMax = 2
            $0.reservedStreams = 2
        }) { story in
            for stream in stride(from: 1, to: 21, by: 2) {
                story.receive(.request(UInt32(stream), "vital"))
            }
            #expect(story.vitalCount == 4)
            story.receive(.request(21))
            #expect(story.activeCount == 0, "the slots are taken")
            for stream in stride(from: 1, to: 9, by: 2) { story.respond(UInt32(stream)) }
            story.receive(.request(23), .request(25), .request(27, "vital"), .request(29, "vital"))
            #expect(story.activeCount == 2)
            #expect(story.vitalCount == 2)
        }
    }

    @Test func vitalCallsBeyondTheirSlotsTakeOrdinaryOnes() {
        serverStory({
            $0.activeStreamsMax = 2
            $0.reservedStreams = 1
        }) { story in
            story.receive(.request(1, "vital"), .request(3, "vital"), .request(5), .request(7))
            #expect(story.vitalCount == 2)
            #expect(story.activeCount == 1)
        }
    }

    // MARK: Credit

    @Test func itemsNeedCredit() {
        serverStory { story in
            story.receive(.request(1, "parked", credit: 2))
            #expect(story.sendItem(1) == .written)
            #expect(story.sendItem(1) == .written)
            #expect(story.sendItem(1) == .noCredit)
            story.receive(.credit(1, 1))
            #expect(story.said() == ["call 1 parked", "credited 1"])
            #expect(story.sendItem(1) == .written)
            #expect(story.sendItem(1) == .noCredit)
            story.respond(1)
            #expect(
                story.sentWords() == ["ITEM 1 [1]", "ITEM 1 [1]", "ITEM 1 [1]", "RESPONSE 1 OK"])
        }
    }

    @Test func sixteenItemsAreTheDefault() {
        serverStory { story in
            story.receive(.request(1, "parked"), .request(3))
            for _ in 0..<16 { #expect(story.sendItem(1) == .written) }
            #expect(story.sendItem(1) == .noCredit)
            #expect(story.sendItem(3) == .noCredit, "not a stream")
        }
    }

    @Test func creditDoesNotOverflow() {
        serverStory { story in
            story.receive(.request(1, "parked", credit: .max), .credit(1, .max))
            let slot = story.machine.slot(of: 1) ?? 0
            let record = story.machine.record(inSlot: slot)
            #expect(record.credit == .max)
        }
    }

    @Test func anItemTooLargeForTheCallerIsNotSent() {
        serverStory(greeted: false) { story in
            story.greet(Hello(minMinor: 1, maxMinor: 1, maxResponseBytes: 10))
            story.receive(.request(1, "parked", credit: 1))
            #expect(story.sendItem(1, bodyBytes: 11) == .tooLarge)
            #expect(story.sendItem(1, bodyBytes: 10) == .written, "no credit was lost")
        }
    }
}
