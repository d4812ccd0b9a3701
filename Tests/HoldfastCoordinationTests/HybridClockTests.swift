import HoldfastCoordination
import Testing

@Suite("The hybrid clock")
struct HybridClockTests {
    @Test("never repeats and never goes back")
    func rises() {
        var clock = HybridClock()
        #expect(clock.next(wallMicroseconds: 100) == 100)
        #expect(clock.next(wallMicroseconds: 100) == 101)
        #expect(clock.next(wallMicroseconds: 50) == 102)
        clock.observe(500)
        #expect(clock.next(wallMicroseconds: 200) == 501)
    }
}
