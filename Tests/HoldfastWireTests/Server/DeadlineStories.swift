import HoldfastBase
import HoldfastTestWire
import HoldfastWire
import Testing

/// Deadlines of many streams at once.
@Suite struct DeadlineStories {
    /// Each look for what has expired goes through all streams: a caller that spreads thousands of
    /// deadlines must not have all of them looked through for each.
    @Test func manyDeadlinesAreLookedForTogether() {
        let story = ServerStory(Limits(), .whole)
        story.greet()
        let count = 4000
        for index in 0..<UInt32(count) {
            // 100 µs apart.
            story.receive(
                .request(index * 2 + 1, "parked", timeout: 1_000_000 + UInt64(index) * 100))
        }
        let began = story.now
        var looks = 0
        var answered = 0
        while answered < count, looks <= count {
            story.pass(story.machine.wake - story.now)
            looks += 1
            answered += story.sent().count { $0.type == 3 }
            let due = (story.now - (began + .seconds(1))).microseconds / 100
            #expect(answered + 50 >= min(count, Int(due)), "late by more than 5 ms")
        }
        #expect(answered == count)
        #expect(looks < 200, "\(looks) looks at \(count) streams")
    }

    /// Neither may one that opens streams whose time is short.
    @Test func aShortDeadlineAmongManyIsNoLookOfItsOwn() {
        let story = ServerStory(Limits(), .whole)
        story.greet()
        for index: UInt32 in 0..<4000 { story.receive(.request(index * 2 + 1, "parked")) }
        var looks = 0
        for index: UInt32 in 4000..<5000 {
            story.receive(.request(index * 2 + 1, "parked", timeout: 1))
            let end = story.now + .microseconds(100)
            while story.machine.wake <= end {
                story.pass(story.machine.wake - story.now)
                looks += 1
            }
            story.pass(end - story.now)
        }
        story.pass(.milliseconds(10))
        #expect(story.sent().count { $0.type == 3 } == 1000)
        #expect(looks < 100, "\(looks) looks at 4000 streams")
    }
}
