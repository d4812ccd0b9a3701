import HoldfastRedis

/// Replies in a form in which two servers that agree give the same.
enum Canonical {
    /// Times to live differ by the time between the two calls.
    private static let toleranceMilliseconds: Int64 = 20_000

    static func agree(_ command: [[UInt8]], _ model: RedisValue, _ real: RedisValue) -> Bool {
        let name = String(decoding: command[0], as: UTF8.self).uppercased()
        switch (name, model, real) {
        case ("PTTL", .integer(let ours), .integer(let theirs)) where ours > 0 && theirs > 0,
            ("TTL", .integer(let ours), .integer(let theirs)) where ours > 0 && theirs > 0:
            return abs(ours - theirs) <= toleranceMilliseconds
        case ("SMEMBERS", .array(let ours), .array(let theirs)):
            return sorted(ours) == sorted(theirs)
        case ("SCAN", .array(let ours), .array(let theirs)) where ours.count == 2:
            return ours[0] == theirs[0] && sorted(items(ours[1])) == sorted(items(theirs[1]))
        default:
            return model == real
        }
    }

    private static func items(_ value: RedisValue) -> [RedisValue] {
        if case .array(let items) = value { items } else { [value] }
    }

    private static func sorted(_ values: [RedisValue]) -> [String] {
        values.map(text).sorted()
    }

    /// The value for people.
    static func text(_ value: RedisValue) -> String {
        switch value {
        case .null: "null"
        case .integer(let number): "\(number)"
        case .status(let bytes): "+" + String(decoding: bytes, as: UTF8.self)
        case .bulk(let bytes): "\"" + String(decoding: bytes, as: UTF8.self) + "\""
        case .error(let bytes): "-" + String(decoding: bytes, as: UTF8.self)
        case .array(let values): "[" + values.map(text).joined(separator: ", ") + "]"
        }
    }
}
