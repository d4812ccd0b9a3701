import HoldfastBase
import HoldfastSimulation
import Testing

@Suite("Lost releases")
struct ReleaseCheckTests {
    private func released() -> Story {
        var story = Story()
        story.granted(1, 0...10, until: 1000)
        story.add(.release, 20...30, .released, about: 1)
        return story
    }

    @Test("A refusal at the same time, or because of another grant, is right")
    func right() {
        var story = released()
        story.add(.acquire, 25...40, .notHeld(by: 1))
        story.add(.acquire, 40...50, .notHeld(by: 2))
        story.add(.acquire, 40...50, .notHeld(by: nil))
        #expect(story.releases.isClean)
        #expect(story.releases.examined == 1)
    }

    @Test("A refusal, an info or a renewal in the name of a released grant is found")
    func stale() {
        for kind in [HistoryKind.acquire, .info] {
            var story = released()
            story.add(kind, 40...50, .notHeld(by: 1))
            #expect(story.releases.found == 1)
            #expect(ReleaseCheck.run(story.index, slack: .milliseconds(10)).isClean)
            #expect(!ReleaseCheck.run(story.index, slack: .milliseconds(9)).isClean)
        }
        var story = released()
        story.granted(1, 40...50, until: 1200, kind: .renew)
        #expect(story.releases.found == 1)
    }

    @Test("A release without an answer promises nothing")
    func unknown() {
        var story = Story()
        story.granted(1, 0...10, until: 1000)
        story.add(.release, 20...20, .unknown, about: 1)
        story.add(.acquire, 40...50, .notHeld(by: 1))
        #expect(story.releases.isClean)
    }

    @Test("A grant that vanishes while it is counted on is found, with the release that took it")
    func taken() throws {
        var story = Story()
        story.granted(1, 0...10, until: 100)
        story.granted(2, 110...120, until: 1000)
        story.add(.release, 130...140, .released, about: 1)
        story.add(.renew, 150...160, .notOwner, about: 2)
        let violation = try #require(story.releases.violations.first)
        #expect(violation.message.contains("with the release of another grant"))
        #expect(violation.evidence.map(\.id) == [2, 4, 3])

        story = Story()
        story.granted(2, 110...120, until: 1000)
        story.add(.release, 150...160, .notOwner, about: 2)
        #expect(story.releases.found == 1)
    }

    @Test(
        "What explains it is no violation",
        arguments: ["late", "released", "forced", "forgotten"])
    func explained(by way: String) {
        var story = Story()
        story.granted(2, 110...120, until: way == "late" ? 155 : 1000)
        switch way {
        case "released": story.add(.release, 130...130, .unknown, about: 2)
        case "forced": story.add(.forceRelease, 130...140, .released)
        case "forgotten": story.forgets(node: 1, at: 125)
        default: break
        }
        story.add(.renew, 150...160, .notOwner, about: 2)
        #expect(story.releases.isClean)
        #expect(story.releases.excused == (way == "forgotten" ? 1 : 0))
    }

    @Test("A strong grant does not vanish because one node forgot")
    func strong() {
        var story = Story()
        story.granted(2, 110...120, until: 1000, strength: 3)
        story.forgets(node: 1, at: 125)
        story.add(.renew, 150...160, .notOwner, about: 2)
        #expect(story.releases.found == 1)
    }

    @Test("A node that did not hold the grant loses none of it")
    func otherGrants() {
        for (held, isFound) in [([2, 7], false), ([7], true)] as [(Set<UInt64>, Bool)] {
            var story = Story()
            story.granted(2, 110...120, until: 1000)
            story.forgets(node: 1, at: 125, holding: held)
            story.add(.renew, 150...160, .notOwner, about: 2)
            #expect(story.releases.found == (isFound ? 1 : 0))
        }
    }
}
