import HoldfastBase
import HoldfastWire
import Testing

@Suite struct RateGuardTests {
    static func at(_ nanoseconds: Int64) -> Instant { Instant(nanoseconds: nanoseconds) }

    @Test func aFullBucketRefusesUntilOneHasLeaked() {
        var rate = RateGuard(allowance: 3, per: .seconds(5), now: .zero)
        for _ in 0..<3 { #expect(rate.strike(now: .zero)) }
        #expect(!rate.strike(now: .zero))
        #expect(!rate.strike(now: Self.at(4_999_999_999)))
        #expect(rate.strike(now: Self.at(5_000_000_000)))
        #expect(!rate.strike(now: Self.at(5_000_000_000)))
    }

    @Test func silenceEmptiesTheBucketAndNoMore() {
        var rate = RateGuard(allowance: 2, per: .seconds(1), now: .zero)
        let late = Self.at(1_000_000_000_000)
        for _ in 0..<2 { #expect(rate.strike(now: late)) }
        #expect(!rate.strike(now: late))
    }

    @Test func absurdNumbersDoNotTrap() {
        var rate = RateGuard(allowance: .max, per: .max, now: Self.at(.max - 5))
        for _ in 0..<100 { #expect(rate.strike(now: Self.at(.max - 5))) }
        var none = RateGuard(allowance: -4, per: Interval(nanoseconds: -9), now: .zero)
        #expect(none.strike(now: .zero))
        #expect(!none.strike(now: Self.at(-1000)))
        var early = RateGuard(allowance: 1, per: .seconds(1), now: Self.at(.max))
        #expect(!early.strike(now: Self.at(.min)))
    }

    /// Against a list of the moments at which each strike leaks away.
    @Test(arguments: 1...10) func itAgreesWithABucketOfStrikes(_ seed: UInt64) {
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
            #expect(rate.strike(now: Self.at(now)) == isRoom)
            if isRoom { level += interval }
        }
    }
}
