internal import HoldfastCoordination

/// Where a watch goes on, as callers keep it: a byte by which it is known, and 16 bytes for each node's
/// log.
enum ResumeToken {
    private static let mark = UInt8(ascii: "w")

    static func make(_ token: WatchToken) -> [UInt8] {
        var bytes = [mark]
        for place in token.places {
            for word in [place.marker, place.sequence] {
                for shift in stride(from: 56, through: 0, by: -8) {
                    bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
                }
            }
        }
        return bytes
    }

    static func read(_ bytes: [UInt8], _ check: inout RequestCheck) -> WatchToken? {
        guard !bytes.isEmpty else { return nil }
        guard bytes[0] == mark, bytes.count % 16 == 1, bytes.count <= 16 * 8 + 1 else {
            check.report("resume_token", "is not one of ours: it must come from a synced element")
            return nil
        }
        func word(_ start: Int) -> UInt64 {
            bytes[start..<(start + 8)].reduce(0) { $0 << 8 | UInt64($1) }
        }
        let places = stride(from: 1, to: bytes.count, by: 16).map {
            WatchToken.Place(marker: word($0), sequence: word($0 + 8))
        }
        // No log of ours is so long.
        guard places.allSatisfy({ $0.sequence < 1 << 53 }) else {
            check.report("resume_token", "is not one of ours: it must come from a synced element")
            return nil
        }
        return WatchToken(places: places)
    }
}
