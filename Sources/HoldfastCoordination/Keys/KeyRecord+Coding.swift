internal import HoldfastBase
package import HoldfastNode

/// The bytes of a record in a register: numbers in groups of seven bits, the value at the end.
extension KeyRecord {
    private static let format: UInt8 = 1
    private static let hasValue: UInt8 = 1

    package var encoded: RegisterValue {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24 + 20 * recent.count + (value?.count ?? 0))
        bytes.append(Self.format)
        bytes.append(value == nil ? 0 : Self.hasValue)
        for number in [version, expiresAt, forgotten, UInt64(recent.count)] {
            Self.append(number, to: &bytes)
        }
        for one in recent {
            bytes.append(contentsOf: one.operation.bytes)
            // Those remembered are of the last versions, so that the distance is short.
            Self.append(version - one.version, to: &bytes)
        }
        bytes.append(contentsOf: value ?? [])
        return RegisterValue(bytes: bytes, isDead: value == nil)
    }

    /// `nil` where no server of ours wrote it.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= 2, bytes[0] == Self.format, bytes[1] <= Self.hasValue else {
            return nil
        }
        var place = 2
        guard let version = Self.number(bytes, &place), let expiresAt = Self.number(bytes, &place),
            let forgotten = Self.number(bytes, &place), let count = Self.number(bytes, &place),
            forgotten <= version, count <= UInt64(Self.recentMax)
        else { return nil }
        self.init(version: version, value: nil)
        self.expiresAt = expiresAt
        self.forgotten = forgotten
        for _ in 0..<count {
            guard bytes.count - place >= 16 else { return nil }
            let operation = RequestID(
                high: Self.word(bytes, at: place), low: Self.word(bytes, at: place + 8))
            place += 16
            guard let distance = Self.number(bytes, &place), distance <= version else { return nil }
            recent.append(Recent(operation: operation, version: version - distance))
        }
        if bytes[1] == Self.hasValue {
            value = Array(bytes[place...])
        } else if place != bytes.count || expiresAt != 0 {
            return nil
        }
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        var left = number
        while left > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: left) | 0x80)
            left >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: left))
    }

    private static func word(_ bytes: [UInt8], at place: Int) -> UInt64 {
        bytes[place..<place + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// At most 63 bits, so that nothing that is added to it overflows.
    private static func number(_ bytes: [UInt8], _ place: inout Int) -> UInt64? {
        var result: UInt64 = 0
        for shift in stride(from: 0, to: 63, by: 7) {
            guard place < bytes.count else { return nil }
            let byte = bytes[place]
            place += 1
            result |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte & 0x80 == 0 { return result }
        }
        return nil
    }
}
