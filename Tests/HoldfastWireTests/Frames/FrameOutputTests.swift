import HoldfastBase
import HoldfastTestWire
import HoldfastWire
import Testing

/// What leaves, in which order, when the transport takes what it likes.
@Suite struct FrameOutputTests {
    static func append(_ output: inout FrameOutput, stream: UInt32, bodyBytes: Int) {
        output.append(.item, stream: stream, bodyBytes: bodyBytes) {
            ServerStory.fill(&$0, bodyBytes)
        }
    }

    static func bytes(_ output: borrowing FrameOutput) -> [UInt8] {
        unsafe Array(output.unsafeBytes)
    }

    @Test func framesLeaveInOrder() {
        var output = FrameOutput()
        Self.append(&output, stream: 1, bodyBytes: 5)
        output.append(.cancel, stream: 3, head: CancelHead(code: 1))
        let head = RequestHead(method: "m").encoded()
        unsafe output.append(.request, stream: 5, encodedHead: head.span.bytes, bodyBytes: 2) {
            ServerStory.fill(&$0, 2)
        }
        let (frames, left) = TestFrame.parse(Self.bytes(output))
        #expect(left == 0)
        #expect(frames.map(\.description) == ["ITEM 1 [5]", "CANCEL 3", "REQUEST 5 [2]"])
        #expect(frames[2].head == head)
    }

    @Test func nothingOvertakesTheHello() {
        var output = FrameOutput()
        output.appendHello(Hello(agent: "a"))
        output.insertPing(payload: 1, acknowledge: false)
        Self.append(&output, stream: 1, bodyBytes: 0)
        output.insertPing(payload: 2, acknowledge: true)
        let frames = TestFrame.parse(Self.bytes(output)).frames
        #expect(frames.map(\.type) == [1, 7, 7, 4])
    }

    @Test func droppingKeepsWhatHasBegunToLeave() {
        var output = FrameOutput()
        for stream in 1...3 as ClosedRange<UInt32> {
            Self.append(&output, stream: stream, bodyBytes: 10)
        }
        output.written(30)
        output.dropUncommitted()
        expect(output.count, is: 44 - 30, "the rest of the second frame")
        output.dropUncommitted()
        expect(output.count, is: 14)
        output.written(14)
        expect(output.isEmpty, is: true)
    }

    @Test func droppingKeepsTheRecordThatIsEncrypted() {
        var output = FrameOutput()
        for stream in 0..<100 as Range<UInt32> {
            Self.append(&output, stream: stream, bodyBytes: 500)
        }
        output.blocked()
        output.dropUncommitted()
        expect(output.count, is: 32 * 512, "16 KiB are one record")
    }

    @Test func memoryIsGivenBack() {
        var output = FrameOutput()
        Self.append(&output, stream: 1, bodyBytes: 100_000)
        output.releaseIfEmpty()
        expect(output.memoryBytes >= 100_000, is: true)
        output.written(.max)
        output.releaseIfEmpty()
        expect(output.memoryBytes, is: 0)
    }

    /// Frames, PINGs, partial writes, refusals, in any order: on the wire only whole frames, those of
    /// the streams in order, each PING not later than where it was put, and no record changed that
    /// the transport has seen.
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func randomWrites(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var output = FrameOutput()
        output.appendHello(Hello(agent: "agent"))
        var wire: [UInt8] = []
        var stream: UInt32 = 0
        var pings: UInt64 = 0
        var seen: [UInt8] = []
        for _ in 0..<2000 {
            switch Int.random(in: 0..<8, using: &random) {
            case 0...2:
                stream += 1
                let size = Int.random(in: 0..<5, using: &random) == 0 ? 20_000 : 30
                let bodyBytes = Int.random(in: 0...size, using: &random)
                Self.append(&output, stream: stream, bodyBytes: bodyBytes)
            case 3:
                pings += 1
                let before = output.count
                output.insertPing(payload: pings, acknowledge: true)
                expect(output.count, is: before + 20)
            case 4...6:
                let most = Bool.random(using: &random) ? 40 : 50_000
                let size = min(output.count, Int.random(in: 0...most, using: &random))
                #expect(Self.bytes(output).prefix(seen.count) == seen[...])
                wire += Self.bytes(output).prefix(size)
                output.written(size)
                seen = Array(seen.dropFirst(size))
            default:
                seen = Array(Self.bytes(output).prefix(16 << 10))
                output.blocked()
                output.written(0)
            }
        }
        wire += Self.bytes(output)
        let (frames, left) = TestFrame.parse(wire)
        #expect(left == 0)
        #expect(frames.first?.type == 1)
        #expect(frames.filter { $0.type == 4 }.map(\.stream) == Array(1...stream))
        #expect(frames.count { $0.type == 7 } == Int(pings))
        #expect(frames.filter { $0.type == 4 }.allSatisfy { $0.body.allSatisfy { $0 == 0xAB } })
    }
}
