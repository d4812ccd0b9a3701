import HoldfastBase
import HoldfastSimulation
import Testing

@Suite("Order of fences")
struct FenceCheckTests {
    /// Grants one after the other, with these fences and modes.
    private func found(_ grants: [(UInt64, HistoryMode)]) -> Int {
        var story = Story()
        for (place, grant) in grants.enumerated() {
            let start = Int64(place) * 100
            story.granted(
                UInt64(place), start...(start + 10), until: start + 50, fence: grant.0,
                mode: grant.1)
        }
        #expect(story.fences.examined == grants.count)
        return story.fences.found
    }

    @Test("Exclusive fences rise")
    func exclusive() {
        #expect(found([(1, .exclusive), (2, .exclusive), (9, .exclusive)]) == 0)
        #expect(found([(6, .exclusive), (3, .exclusive)]) == 1)
        #expect(found([(6, .exclusive), (9, .exclusive), (7, .exclusive)]) == 1)
        // The same number breaks both rules.
        #expect(found([(6, .exclusive), (6, .exclusive)]) == 2)
    }

    @Test("Shared fences rise against exclusive ones only")
    func shared() {
        #expect(found([(3, .shared), (3, .shared), (2, .shared)]) == 0)
        #expect(found([(3, .shared), (3, .exclusive)]) == 1)
        #expect(found([(3, .exclusive), (3, .shared)]) == 1)
        #expect(found([(5, .exclusive), (7, .shared), (6, .shared), (8, .exclusive)]) == 0)
    }

    @Test("Calls at the same time have no order, but not the same exclusive fence")
    func concurrent() {
        var story = Story()
        story.granted(1, 0...100, until: 120, fence: 9)
        story.granted(2, 50...110, until: 130, fence: 4)
        #expect(story.fences.isClean)
        story.granted(3, 50...110, until: 130, fence: 4)
        #expect(story.fences.found == 1)
    }

    @Test("A retry of a call whose answer was lost counts from the first call")
    func retry() {
        var story = Story()
        story.add(.acquire, 0...0, .unknown, about: 7)
        story.granted(8, 10...20, until: 30, fence: 5)
        story.granted(7, 40...50, until: 60, fence: 4)
        #expect(story.fences.isClean)
        story.granted(9, 40...50, until: 60, fence: 3)
        #expect(story.fences.found == 1)
    }

    @Test("A renewal keeps the fence")
    func renewal() throws {
        var story = Story()
        story.granted(1, 0...10, until: 100, fence: 4)
        story.granted(1, 20...30, until: 120, fence: 4, kind: .renew)
        #expect(story.fences.isClean)
        story.granted(1, 40...50, until: 140, fence: 5, kind: .renew)
        let violation = try #require(story.fences.violations.first)
        #expect(violation.message.contains("renewal of g1"))
    }

    @Test("Strength does not excuse a fence")
    func noExcuse() {
        var story = Story()
        story.granted(1, 0...10, until: 1000, fence: 6)
        story.forgets(node: 0, at: 15)
        story.granted(2, 20...30, until: 1000, fence: 3)
        #expect(story.exclusion.excused == 1)
        #expect(story.fences.found == 1)
    }
}
