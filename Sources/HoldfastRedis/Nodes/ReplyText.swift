internal import HoldfastBase
internal import HoldfastNode

/// Reads the packed text of a reply from front to back; everything it gives is `nil` where the text
/// is not as expected.
struct ReplyText {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The text of a bulk string, the only form that scripts answer text in.
    init?(_ value: RedisValue) {
        guard case .bulk(let bytes) = value else { return nil }
        self.init(bytes)
    }

    var isAtEnd: Bool { place == bytes.count }
    var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    mutating func byte() -> UInt8? {
        guard place < bytes.count else { return nil }
        place += 1
        return bytes[place - 1]
    }

    /// Whether the text goes on with `byte`, which is skipped then.
    mutating func skip(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        place += 1
        return true
    }

    /// One or more digits, no more than a number of 64 bits has.
    mutating func number() -> UInt64? {
        let start = place
        var number: UInt64 = 0
        while place < bytes.count, bytes[place] >= 0x30, bytes[place] <= 0x39 {
            let (scaled, isOver) = number.multipliedReportingOverflow(by: 10)
            let (sum, isMore) = scaled.addingReportingOverflow(UInt64(bytes[place] - 0x30))
            guard !isOver, !isMore else { return nil }
            number = sum
            place += 1
        }
        return place > start ? number : nil
    }

    /// A number and the blank behind it.
    mutating func field() -> UInt64? {
        guard let number = number(), skip(0x20) else { return nil }
        return number
    }

    /// A number that is all that is left.
    mutating func lastNumber() -> UInt64? {
        guard let number = number(), isAtEnd else { return nil }
        return number
    }

    /// A number that counts things in memory, and the blank behind it.
    mutating func size() -> Int? {
        field().flatMap { $0 <= 1 << 32 ? Int($0) : nil }
    }

    mutating func take(_ size: Int) -> [UInt8]? {
        guard size >= 0, bytes.count - place >= size else { return nil }
        place += size
        return Array(bytes[place - size..<place])
    }

    mutating func rest() -> [UInt8] {
        defer { place = bytes.count }
        return Array(bytes[place...])
    }

    /// Eight bytes, the largest first.
    mutating func word() -> UInt64? {
        guard bytes.count - place >= 8 else { return nil }
        place += 8
        return bytes[place - 8..<place].reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func id() -> RequestID? {
        guard let high = word(), let low = word() else { return nil }
        return RequestID(high: high, low: low)
    }

    mutating func identity() -> GateIdentity? {
        guard let cluster = word(), let epoch = word(), let marker = word() else { return nil }
        return GateIdentity(cluster: cluster, epoch: epoch, marker: marker)
    }

    mutating func mode() -> LockMode? {
        guard let number = field(), number <= 2 else { return nil }
        return LockMode(rawValue: UInt8(number))
    }

    mutating func text(_ size: Int) -> String? {
        take(size).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
