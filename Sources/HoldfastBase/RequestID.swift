/// The 16 bytes that name a call: a repeat of the same call carries the same id, and the server
/// answers it with the first answer.
public struct RequestID: Hashable, Sendable, CustomStringConvertible {
    /// The first eight bytes, big-endian.
    public var high: UInt64
    /// The last eight bytes, big-endian.
    public var low: UInt64

    /// The id of these bytes.
    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A fresh id from the system's random numbers.
    public static func random() -> RequestID {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    /// An id from `generator`, which tests may have seeded.
    public static func random(using generator: inout some RandomNumberGenerator) -> RequestID {
        RequestID(high: generator.next(), low: generator.next())
    }

    /// The id in its 16 bytes, or `nil` when `bytes` are not 16.
    public init?(_ bytes: RawSpan) {
        guard bytes.byteCount == 16 else { return nil }
        high = unsafe UInt64(bigEndian: bytes.unsafeLoadUnaligned(as: UInt64.self))
        low = unsafe UInt64(
            bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    /// The 16 bytes.
    public var bytes: [UInt8] {
        unsafe withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { unsafe Array($0) }
    }

    /// 32 hexadecimal digits.
    public var description: String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}

extension RequestID: Comparable {
    /// In the order of their bytes.
    public static func < (left: RequestID, right: RequestID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    /// Names no call.
    public static let none = RequestID(high: 0, low: 0)
}
