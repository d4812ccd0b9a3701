import Testing

@testable import HoldfastServer

/// Who gives way when all places of the ops listener are taken.
@Suite struct OpsPlacesTests {
    private func full(_ sources: [String]) -> OpsPlaces<Int> {
        var places = OpsPlaces<Int>(countMax: sources.count)
        for (name, source) in sources.enumerated() {
            #expect(places.onNewcomer == .admit)
            places.enter(name, from: source)
        }
        return places
    }

    @Test func theOldestOfThoseWhoSayNothingGoes() {
        var places = full(["a", "a", "a"])
        #expect(places.onNewcomer == .replace(0))
        places.note(0, .asking)
        #expect(places.onNewcomer == .replace(1))
        places.leave(1)
        #expect(places.onNewcomer == .admit)
        places.enter(3, from: "a")
        #expect(places.onNewcomer == .replace(2))
    }

    @Test func whoWaitsForTheAnswerKeepsThePlace() {
        var places = full(["a", "a"])
        places.note(0, .asking)
        places.note(1, .asking)
        #expect(places.onNewcomer == .wait)
        // The answer is on its way: who leaves it unread keeps nobody out.
        places.note(1, .answered)
        #expect(places.onNewcomer == .replace(1))
    }

    /// The supervisor's probe, which is about to ask, is older than the flood from elsewhere.
    @Test func anAddressPaysForItsOwnFlood() {
        var places = full(["supervisor", "flood", "scraper", "flood"])
        #expect(places.onNewcomer == .replace(1))
        places.note(1, .asking)
        #expect(places.onNewcomer == .replace(3))
        places.note(3, .asking)
        // Nobody of the flood can go: then whoever says nothing.
        #expect(places.onNewcomer == .replace(0))
        places.note(7, .asking)
        places.leave(7)
        #expect(places.onNewcomer == .replace(0))
    }
}
