/// A list of byte strings.
struct RedisList: Sendable {
    var items: [[UInt8]] = []

    init() {}

    /// The places from `start` to `end`, both included; negative ones count from the end.
    func places(_ start: Int64, _ end: Int64) -> Range<Int> {
        redisRange(start, end, count: items.count)
    }
}

extension RedisList: RedisCollection {
    init?(_ object: RedisObject) {
        guard case .list(let list) = object else { return nil }
        self = list
    }

    var isEmpty: Bool { items.isEmpty }
    var object: RedisObject { .list(self) }
}

/// The places that a command means by two indexes of which negative ones count from the end.
func redisRange(_ start: Int64, _ end: Int64, count: Int) -> Range<Int> {
    let count = Int64(count)
    let first = max(start < 0 ? start &+ count : start, 0)
    let last = min(end < 0 ? end &+ count : end, count - 1)
    return first > last ? 0..<0 : Int(first)..<Int(last + 1)
}
