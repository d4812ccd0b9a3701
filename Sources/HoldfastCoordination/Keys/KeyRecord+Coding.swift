internal import HoldfastBase
package import HoldfastNode

/// The bytes of a record in a register: numbers in groups of seven bits, the value at the end.
extension KeyRecord {
    private static let format: UInt8 = 1
    private static let hasValue: UInt8 = 1
    private static let hasGuards: UInt8 = 2

    /// - Parameter retention: how many milliseconds it is kept after its death.
    package func encoded(keeping retention: UInt64) -> RegisterValue {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24 + 20 * recent.count + (value?.count ?? 0))
        bytes.append(Self.format)
        bytes.append((value == nil ? 0 : Self.hasValue) | (guards.isEmpty ? 0 : Self.hasGuards))
        for number in [version, expiresAt, forgotten, UInt64(recent.count)] {
            Self.append(number, to: &bytes)
        }
        for one in recent {
            bytes.append(contentsOf: one.operation.bytes)
            // Those remembered are of the last versions, so that the distance is short.
            Self.append(version - one.version, to: &bytes)
        }
        if !guards.isEmpty {
            Self.append(UInt64(guards.count), to: &bytes)
            for one in guards {
                Self.append(one.fence, to: &bytes)
                Self.append(UInt64(one.lock.utf8.count), to: &bytes)
                bytes.append(contentsOf: one.lock.utf8)
            }
        }
        bytes.append(contentsOf: value ?? [])
        // Numbers of nodes end at 2^53; a time behind that never comes.
        let due = value == nil ? expiresAt &+ retention : expiresAt
        return RegisterValue(bytes: bytes, isDead: value == nil, due: min(due, 1 << 53))
    }

    /// `nil` where no server of ours wrote it.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= 2, bytes[0] == Self.format,
            bytes[1] <= Self.hasValue | Self.hasGuards
        else {
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
        if bytes[1] & Self.hasGuards != 0 {
            guard let guards = Self.guards(bytes, &place) else { return nil }
            self.guards = guards
        }
        if bytes[1] & Self.hasValue != 0 {
            value = Array(bytes[place...])
        } else if place != bytes.count {
            return nil
        }
    }

    private static func guards(_ bytes: [UInt8], _ place: inout Int) -> [Guard]? {
        guard let count = number(bytes, &place), (1...UInt64(guardsMax)).contains(count) else {
            return nil
        }
        var guards: [Guard] = []
        for _ in 0..<count {
            guard let fence = number(bytes, &place), let size = number(bytes, &place),
                size <= UInt64(bytes.count - place)
            else { return nil }
            let end = place + Int(size)
            guard let lock = String(validating: bytes[place..<end], as: UTF8.self) else {
                return nil
            }
            place = end
            guards.append(Guard(lock: lock, fence: fence))
        }
        return guards
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
