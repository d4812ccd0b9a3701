import HoldfastBase
import HoldfastWire
import Testing

@Suite struct RateGuardTests {
    /// `#expect` cannot see a value being changed.
    static func strike(_ rate: inout RateGuard, _ nanoseconds: Int64) -> Bool {
        rate.strike(now: Instant(nanoseconds: nanoseconds))
    }

    @Test func aFullBucketRefusesUntilOneHasLeaked() {
        var rate = RateGuard(allowance: 3, per: .seconds(5), now: .zero)
        for _ in 0..<3 { #expect(Self.strike(&rate, 0)) }
        #expect(!Self.strike(&rate, 0))
        #expect(!Self.strike(&rate, 4_999_999_999))
        #expect(Self.strike(&rate, 5_000_000_000))
        #expect(!Self.strike(&rate, 5_000_000_000))
    }

    @Test func silenceEmptiesTheBucketAndNoMore() {
        var rate = RateGuard(allowance: 2, per: .seconds(1), now: .zero)
        let late: Int64 = 1_000_000_000_000
        for _ in 0..<2 { #expect(Self.strike(&rate, late)) }
        #expect(!Self.strike(&rate, late))
    }

    @Test func absurdNumbersDoNotTrap() {
        var rate = RateGuard(allowance: .max, per: .max, now: Instant(nanoseconds: .max - 5))
        for _ in 0..<100 { #expect(Self.strike(&rate, .max - 5)) }
        var none = RateGuard(allowance: -4, per: Interval(nanoseconds: -9), now: .zero)
        #expect(Self.strike(&none, 0))
        #expect(!Self.strike(&none, -1000))
        var early = RateGuard(allowance: 1, per: .seconds(1), now: .never)
        #expect(!Self.strike(&early, .min))
    }

    /// Against the level of a bucket that is kept as what it is.
    @Test(arguments: 1...10 as ClosedRange<UInt64>) func itAgreesWithABucket(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let allowance = Int.random(in: 1...6, using: &random)
        let interval = Int64.random(in: 1...20, using: &random)
        var rate = RateGuard(
            allowance: allowance, per: Interval(nanoseconds: interval), now: .zero)
        var now: Int64 = 0
        var level: Int64 = 0
        for _ in 0..<2000 {
            let step = Int64.random(in: 0...(interval * 2), using: &random)
            now += step
            level = max(0, level - step)
            let isRoom = level + interval <= Int64(allowance) * interval
            #expect(Self.strike(&rate, now) == isRoom)
            if isRoom { level += interval }
        }
    }
}
