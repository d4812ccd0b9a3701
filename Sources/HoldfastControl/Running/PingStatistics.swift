package import HoldfastBase

/// Round trips and what is to be said of them: a pure value.
///
/// Least, greatest and average are of all; the percentile is of the newest `samplesMax`, so that a
/// ping that runs for weeks needs no more memory than one of an hour.
package struct PingStatistics: Hashable, Sendable {
    package static let samplesMax = 65_536

    package struct Summary: Hashable, Sendable {
        package let least: Interval
        package let average: Interval
        package let percentile99: Interval
        package let greatest: Interval
    }

    package private(set) var calls = 0
    package private(set) var answers = 0
    private var least = Interval.max
    private var greatest = Interval.zero
    private var sumNanoseconds: Int64 = 0
    private var samples: [Int64] = []
    private var oldest = 0

    package init() {}

    package mutating func answered(in time: Interval) {
        calls += 1
        answers += 1
        least = min(least, time)
        greatest = max(greatest, time)
        sumNanoseconds &+= time.nanoseconds
        if samples.count < Self.samplesMax {
            samples.append(time.nanoseconds)
        } else {
            samples[oldest] = time.nanoseconds
            oldest = (oldest + 1) % Self.samplesMax
        }
    }

    package mutating func failed() {
        calls += 1
    }

    /// `nil` before the first answer.
    package var summary: Summary? {
        guard answers > 0 else { return nil }
        let sorted = samples.sorted()
        // Nearest rank: the least value that 99 of 100 do not exceed.
        let rank = (sorted.count * 99 + 99) / 100
        return Summary(
            least: least, average: Interval(nanoseconds: sumNanoseconds / Int64(answers)),
            percentile99: Interval(nanoseconds: sorted[rank - 1]), greatest: greatest)
    }
}
