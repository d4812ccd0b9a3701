import HoldfastBase
import Testing

@testable import HoldfastRuntime

@Suite struct TickLengthsTests {
    @Test func everyLengthIsInTheBucketThatBoundsIt() {
        for (bucket, bound) in TickLengths.boundsNanoseconds.enumerated() {
            var lengths = TickLengths()
            lengths.count(Interval(nanoseconds: Int64(bound)))
            #expect(lengths.counts[bucket] == 1)
            lengths.count(Interval(nanoseconds: Int64(bound) + 1))
            #expect(lengths.counts[bucket + 1] == 1)
            #expect(lengths.sumNanoseconds == 2 * bound + 1)
        }
    }

    @Test func whatCannotBeDoesNoHarm() {
        var lengths = TickLengths()
        lengths.count(Interval(nanoseconds: -1))
        lengths.count(Interval(nanoseconds: .max))
        #expect(lengths.counts.first == 1 && lengths.counts.last == 1)
        var sum = lengths
        sum.add(lengths)
        #expect(sum.counts.first == 2 && sum.counts.last == 2)
    }
}
