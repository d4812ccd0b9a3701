import HoldfastBase
import Testing

@Suite struct InstantTests {
    @Test func additionSaturates() {
        #expect(Instant.never + .seconds(1) == .never)
        #expect(Instant(nanoseconds: 5) + .max == .never)
        #expect(
            Instant(nanoseconds: -5) + Interval(nanoseconds: .min) == Instant(nanoseconds: .min))
        #expect(Instant(nanoseconds: 5) + .milliseconds(2) == Instant(nanoseconds: 2_000_005))
    }

    @Test func aHostileDurationIsCutToTheLargestInterval() {
        #expect(Interval(.seconds(Int64.max)) == .max)
        #expect(Interval.milliseconds(.max) == .max)
        #expect(Interval(.milliseconds(1500)) == .milliseconds(1500))
    }

    @Test func waitsAreRoundedUp() {
        #expect(Interval(nanoseconds: 1).millisecondsRoundedUp == 1)
        #expect(Interval(nanoseconds: 1_000_000).millisecondsRoundedUp == 1)
        #expect(Interval(nanoseconds: 1_000_001).millisecondsRoundedUp == 2)
        #expect(Interval(nanoseconds: -1).millisecondsRoundedUp == 0)
    }
}
