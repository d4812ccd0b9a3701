import HoldfastBase
import HoldfastWire
import Testing

/// The table of open streams against a dictionary.
@Suite struct StreamTableTests {
    static func record(_ stream: UInt32) -> StreamRecord {
        StreamRecord(
            stream: stream, kind: .unary, opened: .zero,
            deadline: Instant(nanoseconds: Int64(stream)))
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>) func itAgreesWithADictionary(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = StreamTable()
        var model: [UInt32: Int] = [:]
        var next: UInt32 = seed % 3 == 0 ? .max - 20_001 : 1
        // Some streams live long, so that later numbers meet them in the map.
        let openMost = [4, 40, 700, 3000][Int(seed % 4)]
        for step in 0..<8000 {
            let opens = model.count < openMost && Int.random(in: 0..<5, using: &random) > 1
            if opens, next < .max - 20 {
                let slot = table.open(Self.record(next))
                #expect(!model.values.contains(slot) || openMost > 40)
                expect(table.slot(of: next), is: slot)
                model[next] = slot
                next += 2 * UInt32.random(in: 1...3, using: &random)
            } else if let (stream, slot) = model.randomElement(using: &random) {
                expect(table[slot].stream, is: stream)
                table.close(slot: slot)
                table.close(slot: slot)
                model[stream] = nil
                expect(table.slot(of: stream), is: nil)
            }
            expect(table.count, is: model.count)
            if step % 1000 == 999 { Self.compare(table, model) }
            if Int.random(in: 0..<300, using: &random) == 0 {
                for slot in model.values { table.close(slot: slot) }
                model = [:]
                table.releaseIfEmpty()
                expect(table.memoryBytes, is: 0)
            }
        }
        Self.compare(table, model)
    }

    static func compare(_ table: borrowing StreamTable, _ model: [UInt32: Int]) {
        var open = 0
        for slot in 0..<table.slotsEnd where table[slot].isOpen {
            open += 1
            let stream = table[slot].stream
            #expect(model[stream] == slot)
            expect(table[slot].deadline.nanoseconds, is: Int64(stream))
            let isFound = table.slot(of: stream) == slot
            #expect(isFound)
        }
        #expect(open == model.count)
    }

    @Test func emptyTablesKnowNobody() {
        var table = StreamTable()
        expect(table.slot(of: 0), is: nil)
        expect(table.slot(of: 1), is: nil)
        table.close(slot: 0)
        table.close(slot: -1)
        table[5] = Self.record(1)
        expect(table.count, is: 0)
        expect(table.memoryBytes, is: 0)
        _ = table.open(Self.record(1))
        expect(table.slot(of: 0), is: nil)
        expect(table.slot(of: 33), is: nil)
        table.releaseIfEmpty()
        expect(table.count, is: 1)
    }

    @Test func memoryIsOfTheStreamsNotOfTheirNumbers() {
        var table = StreamTable()
        for stream in stride(from: UInt32(1), to: 4_000_000_000, by: 500_000_000) {
            _ = table.open(Self.record(stream | 1))
        }
        expect(table.memoryBytes < 4096, is: true)
    }
}
