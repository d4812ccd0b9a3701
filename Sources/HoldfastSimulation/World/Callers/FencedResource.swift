/// A register outside that checks fences: it takes note of the fence with the read already, and
/// refuses whoever comes with a smaller one.
struct FencedResource {
    var value: Int64 = 0
    /// The largest fence seen.
    var noted: UInt64 = 0
    /// The fence of the last write.
    var written: UInt64 = 0

    /// The value, unless somebody newer was here.
    mutating func read(fence: UInt64) -> Int64? {
        guard fence >= noted else { return nil }
        noted = fence
        return value
    }

    mutating func write(_ value: Int64, fence: UInt64) -> Bool {
        guard fence >= noted else { return false }
        noted = fence
        written = fence
        self.value = value
        return true
    }
}
