import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

@Suite("Records of keys")
struct KeyRecordTests {
    private func random(_ generator: inout SeededGenerator) -> KeyRecord {
        let limit = UInt64(1) << UInt64.random(in: 1...52, using: &generator)
        let version = UInt64.random(in: 1...limit, using: &generator)
        let value = (0..<Int.random(in: 0...80, using: &generator)).map {
            UInt8(truncatingIfNeeded: $0)
        }
        var record = KeyRecord(
            version: version, value: Bool.random(using: &generator) ? value : nil)
        if record.value != nil {
            record.expiresAt = UInt64.random(in: 0...limit, using: &generator)
        }
        record.forgotten = UInt64.random(in: 0...version, using: &generator)
        for _ in 0..<Int.random(in: 0...KeyRecord.recentMax, using: &generator) {
            record.recent.append(
                .init(
                    operation: .random(using: &generator),
                    version: UInt64.random(in: 0...version, using: &generator)))
        }
        for number in 0..<Int.random(in: 0...KeyRecord.guardsMax, using: &generator) {
            record.guards.append(
                .init(lock: "l/ü\(number)", fence: UInt64.random(in: 0...limit, using: &generator)))
        }
        return record
    }

    @Test("what is written is read")
    func roundTrip() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<300 {
            let record = random(&generator)
            #expect(KeyRecord(record.encoded(keeping: 1000).bytes) == record)
            #expect(record.encoded(keeping: 1000).isDead == (record.value == nil))
        }
    }

    @Test("bytes of anybody are read or refused, and never more than they are")
    func hostile() {
        var generator = SeededGenerator(seed: 2)
        var refused = 0
        for _ in 0..<300 {
            var bytes = random(&generator).encoded(keeping: 1000).bytes
            for _ in 0..<4 {
                let place = Int.random(in: bytes.indices, using: &generator)
                bytes[place] = UInt8.random(in: 0...255, using: &generator)
            }
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
            guard let record = KeyRecord(bytes) else {
                refused += 1
                continue
            }
            #expect(record.recent.count <= KeyRecord.recentMax)
            #expect(record.recent.allSatisfy { $0.version <= record.version })
        }
        #expect(refused > 50)
        #expect(KeyRecord([]) == nil)
        #expect(KeyRecord([1]) == nil)
        #expect(KeyRecord([2, 0, 1, 0, 0, 0]) == nil)
    }
}
