import HoldfastBase
import HoldfastSimulation
import Testing

@Suite("Exclusion by strength")
struct ExclusionCheckTests {
    @Test("Holds one after the other are right, even when the second is asked for early")
    func right() {
        var story = Story()
        story.granted(1, 0...10, until: 1000)
        story.add(.release, 50...60, .released, about: 1)
        story.granted(2, 20...55, until: 1000)
        #expect(story.exclusion.isClean)
        #expect(story.exclusion.examined == 2)
        #expect(story.exclusion.excused == 0)
    }

    @Test("Two exclusive holds at the same time are found, and shown")
    func overlap() throws {
        var story = Story()
        story.granted(1, 0...10, until: 1000)
        story.granted(2, 20...30, until: 1000)
        let violation = try #require(story.exclusion.violations.first)
        #expect(violation.evidence.map(\.id) == [1, 2])
        #expect(violation.description.contains("granted g2, fence 2, strength 2, exclusive"))
        #expect(story.exclusion.found == 1)
    }

    @Test(
        "Each end of a hold ends it",
        arguments: ["release", "lost", "renewal", "force", "unknown"])
    func ends(by way: String) {
        var story = Story()
        story.granted(1, 0...10, until: 1000)
        switch way {
        case "release": story.add(.release, 15...40, .released, about: 1)
        case "unknown": story.add(.release, 15...15, .unknown, about: 1)
        case "lost": story.add(.lost, 15...15, .lost, about: 1)
        case "renewal": story.add(.renew, 12...15, .notOwner, about: 1)
        default: story.add(.forceRelease, 15...25, .released)
        }
        story.granted(2, 12...30, until: 1000)
        #expect(story.exclusion.isClean)
    }

    @Test(
        "What does not end a hold does not",
        arguments: ["join", "other", "failed force", "lock"])
    func noEnds(by way: String) {
        var story = Story()
        story.granted(1, 0...10, until: 1000)
        switch way {
        // One of two acquires is given back: the grant is still held.
        case "join": story.granted(1, 15...20, until: 1000, kind: .release)
        case "other": story.add(.release, 15...20, .released, about: 9)
        case "failed force": story.add(.forceRelease, 15...20, .failed("denied"))
        default: story.add(.release, 15...20, .released, about: 1, lock: "b")
        }
        story.granted(2, 12...30, until: 1000)
        #expect(!story.exclusion.isClean)
    }

    @Test("A forced release ends what stands while it runs, and nothing else")
    func forced() {
        func found(_ force: ClosedRange<Int64>, _ outcome: HistoryOutcome, about grant: UInt64?)
            -> Int
        {
            var story = Story()
            story.add(.forceRelease, 0...1, .released)
            story.add(.forceRelease, force, outcome, about: grant)
            story.granted(1, 10...20, until: 1000)
            story.granted(2, 30...40, until: 1000)
            return story.exclusion.found
        }
        #expect(found(25...35, .released, about: nil) == 0)
        #expect(found(25...35, .released, about: 1) == 0)
        #expect(found(25...35, .released, about: 3) == 1)
        #expect(found(50...60, .released, about: nil) == 1)
        #expect(found(2...5, .released, about: nil) == 1)
        #expect(found(2...5, .released, about: 1) == 1)
        #expect(found(2...2, .unknown, about: nil) == 0, "it may come at any time")
        // It may have come before what it names.
        #expect(found(2...30, .released, about: 1) == 0)
    }

    @Test("A hold ends at its deadline; a renewal in time moves it, one that is late does not")
    func deadlines() {
        var story = Story()
        story.granted(1, 0...10, until: 100)
        story.granted(2, 90...100, until: 300)
        #expect(story.exclusion.isClean)
        #expect(story.exclusion.excused == 0)

        story = Story()
        story.granted(1, 0...10, until: 100)
        story.granted(1, 50...60, until: 150, kind: .renew)
        story.granted(2, 90...100, until: 300)
        #expect(!story.exclusion.isClean)

        story = Story()
        story.granted(1, 0...10, until: 100)
        story.granted(1, 50...110, until: 150, kind: .renew)
        story.granted(2, 90...120, until: 300)
        #expect(story.exclusion.isClean)
    }

    @Test("Shared grants stand beside each other, and not beside an exclusive one")
    func modes() {
        var story = Story()
        for grant in 1...100 {
            story.granted(UInt64(grant), 0...10, until: 1000, mode: .shared)
        }
        #expect(story.exclusion.isClean)
        story.granted(200, 20...30, until: 1000)
        #expect(story.exclusion.found == 64, "of so many holds a sweep thinks at a time")

        story = Story()
        story.granted(1, 0...10, until: 1000)
        story.granted(2, 20...30, until: 1000, mode: .shared)
        #expect(story.exclusion.found == 1)
    }

    @Test("An upgrade and a downgrade of the same grant are no overlap")
    func changesOfMode() {
        var story = Story()
        story.granted(1, 0...10, until: 1000, fence: 5, mode: .shared)
        story.granted(1, 20...30, until: 1000, fence: 6)
        story.granted(1, 40...50, until: 1000, fence: 6, mode: .shared)
        story.granted(2, 41...45, until: 1000, fence: 7, mode: .shared)
        #expect(story.exclusion.isClean)
        #expect(story.fences.isClean)
        story.granted(3, 30...39, until: 1000, fence: 8, mode: .shared)
        #expect(story.exclusion.found == 1, "before the downgrade was asked for")
    }

    @Test(
        "Forgetful nodes excuse what the strength does not promise",
        arguments: [
            (nodes: 3, first: 2, second: 2, forget: 1, isRight: true),
            (3, 3, 2, 1, false), (3, 3, 2, 2, true),
            (3, 2, 3, 1, false),  // both strong nodes of the first would have had to forget
            (5, 3, 3, 0, false), (5, 3, 3, 1, true), (5, 4, 3, 1, false), (5, 4, 3, 2, true),
            (5, 5, 3, 2, false), (1, 1, 1, 0, false), (1, 1, 1, 1, true),
        ])
    func strength(nodes: Int, first: Int, second: Int, forget: Int, isRight: Bool) {
        var story = Story(nodes: nodes)
        story.granted(1, 0...10, until: 1000, strength: first)
        for node in 0..<forget { story.forgets(node: node, at: 15) }
        if forget > 0 { story.forgets(node: 0, at: 16) }
        story.granted(2, 20...30, until: 1000, strength: second)
        #expect(story.exclusion.isClean == isRight)
        #expect(story.exclusion.excused == (isRight ? 1 : 0))
    }

    @Test("What was forgotten before or after excuses nothing")
    func forgottenElsewhen() {
        for time in [5, 40] as [Int64] {
            var story = Story()
            story.forgets(node: 0, at: time)
            story.granted(1, 10...12, until: 1000)
            story.granted(2, 20...30, until: 1000)
            #expect(!story.exclusion.isClean)
        }
    }

    @Test("A renewal that tells of more nodes promises more from then on")
    func renewedStrength() {
        func report(_ renewal: ClosedRange<Int64>, forgetful: Int) -> CheckReport {
            var story = Story()
            story.granted(1, 0...10, until: 1000)
            story.granted(1, renewal, until: 1100, strength: 3, kind: .renew)
            for node in 0..<forgetful { story.forgets(node: node, at: 15) }
            story.granted(2, 20...30, until: 1000)
            return story.exclusion
        }
        #expect(report(12...14, forgetful: 1).found == 1)
        #expect(report(16...18, forgetful: 2).found == 1)
        // The nodes may have been counted before two of them forgot.
        #expect(report(13...18, forgetful: 2).isClean)
        #expect(report(13...18, forgetful: 2).excused == 1)
    }

    @Test("A strength is not believed beyond its own deadline")
    func strengthOfThePast() {
        var story = Story()
        story.granted(1, 0...10, until: 100, strength: 3)
        story.granted(1, 50...60, until: 200, strength: 2, kind: .renew)
        story.forgets(node: 0, at: 70)
        story.granted(2, 110...120, until: 300)
        #expect(story.exclusion.isClean)
        #expect(story.exclusion.excused == 1)

        // Strong once, and strong later, but never both at a time.
        story = Story()
        story.granted(1, 0...10, until: 115, strength: 3)
        story.granted(1, 50...60, until: 200, kind: .renew)
        for node in 0...1 { story.forgets(node: node, at: 105) }
        story.granted(2, 100...110, until: 300)
        story.granted(2, 120...130, until: 320, strength: 3, kind: .renew)
        #expect(story.exclusion.isClean)
        #expect(story.exclusion.excused == 1)
    }

    @Test("A grant by fewer nodes than decide is found, and one by more than there are")
    func impossibleStrength() {
        for strength in [1, 4] {
            var story = Story()
            story.granted(1, 0...10, until: 100, strength: strength)
            #expect(story.exclusion.found == 1)
        }
    }

    @Test("Locks do not disturb each other")
    func locks() {
        var story = Story()
        story.granted(1, 0...10, until: 1000)
        story.granted(1, 0...10, until: 1000, lock: "b")
        story.granted(2, 0...10, until: 1000, lock: "c")
        #expect(story.exclusion.isClean)
    }

    @Test("Where everything is wrong, a few are shown and all are counted")
    func bounded() {
        var story = Story()
        for grant in 0..<500 { story.granted(UInt64(grant), 0...10, until: 1000) }
        let report = story.exclusion
        #expect(report.violations.count == CheckReport.violationsMax)
        #expect(report.found > 10_000 && report.found < 500 * 64)
    }
}
