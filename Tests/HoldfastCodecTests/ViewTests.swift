import HoldfastTestProto
import HoldfastWire
import Testing

@Suite struct ViewTests {
    @Test func aViewShowsWhatTheMessageHolds() throws {
        let message = Everything(
            anInt32: -3, aBool: true, aString: "größe", aBytes: [1, 0, 2], aColor: .red,
            aLeaf: Leaf(value: 9), int32s: [1, -1], bools: [true, false], strings: ["a", ""],
            blobs: [[], [7]], colors: [.red], leaves: [Leaf(value: 4)], choice: .text("x"))
        var arena = WireArena()
        let bytes = message.encoded()
        let decoded = try unsafe Everything.schema.decode(bytes.rawSpan, arena: &arena)
        let view = unsafe Everything.View(decoded)
        #expect(unsafe view.anInt32 == -3)
        #expect(unsafe view.aBool)
        #expect(unsafe Array(view.aString) == Array("größe".utf8))
        #expect(unsafe Array(view.aBytes) == [1, 0, 2])
        #expect(unsafe view.aColor == .red)
        #expect(unsafe view.aLeaf?.value == 9)
        #expect(unsafe view.nested == nil)
        #expect(unsafe (0..<view.int32sCount).map { unsafe view.int32s(at: $0) } == [1, -1])
        #expect(unsafe view.bools(at: 0) && !view.bools(at: 1))
        #expect(unsafe Array(view.strings(at: 0)) == [0x61])
        #expect(unsafe view.strings(at: 1).isEmpty)
        #expect(unsafe view.blobs(at: 0).isEmpty)
        #expect(unsafe Array(view.blobs(at: 1)) == [7])
        #expect(unsafe view.colors(at: 0) == .red)
        #expect(unsafe view.leaves(at: 0).value == 4)
        #expect(unsafe view.text.map { unsafe Array($0) } == [0x78])
        #expect(unsafe view.number == nil && view.leaf == nil && view.flag == nil)
    }

    @Test func anEmptyMessageHasEmptyViews() throws {
        var arena = WireArena()
        let bytes: [UInt8] = []
        let decoded = try unsafe Everything.schema.decode(bytes.rawSpan, arena: &arena)
        let view = unsafe Everything.View(decoded)
        #expect(unsafe view.aString.isEmpty && view.aBytes.isEmpty && view.farthest.isEmpty)
        #expect(unsafe view.aLeaf == nil && view.leavesCount == 0)
    }

    @Test func anIndexBeyondTheCountTraps() async {
        await #expect(processExitsWith: .failure) {
            var arena = WireArena()
            let bytes: [UInt8] = []
            let decoded = try unsafe Everything.schema.decode(bytes.span.bytes, arena: &arena)
            _ = unsafe Everything.View(decoded).int32s(at: 0)
        }
    }
}
