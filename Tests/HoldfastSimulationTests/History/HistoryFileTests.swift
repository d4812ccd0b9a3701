import HoldfastBase
import HoldfastSimulation
import Testing

@Suite("History files")
struct HistoryFileTests {
    private static func sample() -> History {
        var story = Story(nodes: 5)
        story.granted(1, 0...10, until: 1000, mode: .shared, lock: "orders/42")
        story.add(.acquire, 1...2, .notHeld(by: nil), lock: "a b%\n", client: 7)
        story.add(.acquire, 1...2, .notHeld(by: .max), lock: "")
        story.add(.release, 5...6, .released, about: 1)
        story.add(.release, 5...5, .unknown, about: 1)
        story.add(.renew, 7...8, .notOwner, about: 3)
        story.add(.lost, 9...9, .lost, about: 3)
        story.add(.info, 9...10, .free, lock: "schloß")
        story.add(.forceRelease, 9...10, .failed("not allowed"))
        story.forgets(node: 4, at: 77)
        story.history.resourceLog = [
            ResourceEntry(
                resource: "counter 1", client: 3, fence: 12, at: Story.ms(3), isAccepted: true,
                read: -5, written: .min),
            ResourceEntry(
                resource: "counter 1", client: 3, fence: 12, at: Story.ms(4), isAccepted: false,
                read: .max, written: 0),
        ]
        return story.history
    }

    @Test("What is written is read again")
    func roundTrip() throws {
        let history = Self.sample()
        let file = try HistoryReader(HistoryWriter.bytes(of: history))
        #expect(file.history == history)
        #expect(!file.isCutShort)
    }

    @Test("A file cut anywhere reads as what was whole, and never as anything else")
    func cut() throws {
        let history = Self.sample()
        let bytes = HistoryWriter.bytes(of: history)
        for count in bytes.indices {
            let file = try HistoryReader(Array(bytes[..<count]))
            let isWhole = count > 0 && bytes[count - 1] == UInt8(ascii: "\n")
            #expect(file.isCutShort == !isWhole)
            #expect(file.history.records.count <= history.records.count)
            for (read, written) in zip(file.history.records, history.records) {
                var unknown = written
                unknown.returned = .never
                unknown.outcome = .unknown
                #expect(read == written || read == unknown)
            }
        }
    }

    @Test("A call is known before it has ended, and the end may come much later")
    func interleaved() throws {
        var story = Story()
        story.granted(1, 0...10, until: 20)
        story.add(.release, 15...16, .released, about: 1)
        var writer = HistoryWriter()
        writer.called(story.history.records[0])
        writer.called(story.history.records[1])
        writer.returned(story.history.records[1])
        let early = try HistoryReader(writer.bytes).history.records
        #expect(early.map(\.outcome) == [.unknown, .released])
        var bytes = writer.take()
        writer.returned(story.history.records[0])
        bytes += writer.take()
        #expect(try HistoryReader(bytes).history.records == story.history.records)
    }

    @Test(
        "What is no history is refused with its line",
        arguments: [
            ("", 0), ("holdfast-history 2", 1), ("hello", 1), ("x 1", 2), ("n three", 2),
            ("n 3 4", 2), ("n ", 2), ("n", 2), ("n -1x", 2), ("n 99999999999999999999", 2),
            ("c 1 1 acquire a - 5\nc 1 1 acquire a - 6", 3), ("r 1 1 5 free", 2),
            ("c 1 1 acquired a - 5", 2), ("c 1 1 acquire a - -", 2), ("c 1 1 acquire %4 - 5", 2),
            ("c 1 1 acquire %zz - 5", 2), ("c 1 1 acquire a - 5\nr 1 1 6 granted 1 2 3 both 9", 3),
            ("c 1 1 acquire a - 5\nr 1 1 6 gone", 3), ("w r 1 1 1 maybe 0 1", 2),
            ("c 99999999999 1 acquire a - 5", 2), ("c -1 1 acquire a - 5", 2), ("n 3\n\nn 3", 3),
        ])
    func refused(text: String, line: Int) throws {
        guard line > 0 else { return }
        let body = line == 1 ? text + "\n" : "holdfast-history 1\n\(text)\n"
        let error = #expect(throws: HistoryFileError.self) {
            try HistoryReader(Array(body.utf8))
        }
        #expect(error?.line == line)
    }

    @Test("Comments are left out; files are merged")
    func merged() throws {
        let text = "holdfast-history 1\n# made by hand\nn 3\nc 1 1 acquire a - 5\n"
        var history = try HistoryReader(Array(text.utf8)).history
        #expect(history.nodeCount == 3)
        history.merge(try HistoryReader(Array(text.utf8)).history)
        #expect(history.records.count == 2)
        #expect(history.nodeCount == 3)
    }

    @Test("Bytes that are damaged are read or refused, and nothing else happens")
    func damaged() {
        let bytes = HistoryWriter.bytes(of: Self.sample())
        var random = SeededGenerator(seed: 7)
        for _ in 0..<3000 {
            var damaged = bytes
            for _ in 0..<3 {
                let place = Int.random(in: damaged.indices, using: &random)
                damaged[place] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? HistoryReader(damaged)
        }
    }
}
