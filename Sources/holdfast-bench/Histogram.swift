/// Latencies in buckets that grow by 1.6 %: constant memory, constant time, percentiles to 2 %.
struct Histogram {
    private static let bucketsPerOctave = 44
    private var buckets = [UInt32](repeating: 0, count: 44 * 40)
    private(set) var count: UInt64 = 0

    mutating func add(nanoseconds: Int64) {
        let value = UInt64(max(1, nanoseconds))
        let octave = 63 - value.leadingZeroBitCount
        let fraction = ((value - (1 << UInt64(octave))) * 44) >> UInt64(octave)
        let index = min(octave * Self.bucketsPerOctave + Int(fraction), buckets.count - 1)
        buckets[index] &+= 1
        count &+= 1
    }

    mutating func add(_ other: Histogram) {
        for index in buckets.indices { buckets[index] &+= other.buckets[index] }
        count &+= other.count
    }

    /// Microseconds below which `part` of the values lie.
    func microseconds(at part: Double) -> Double {
        guard count > 0 else { return 0 }
        let wanted = UInt64(Double(count) * part)
        var seen: UInt64 = 0
        for (index, held) in buckets.enumerated() {
            seen += UInt64(held)
            if seen > wanted {
                let octave = index / Self.bucketsPerOctave
                let fraction = Double(index % Self.bucketsPerOctave) + 0.5
                let base = Double(UInt64(1) << UInt64(octave))
                return base * (1 + fraction / Double(Self.bucketsPerOctave)) / 1000
            }
        }
        return 0
    }
}
