import HoldfastTestProto
import HoldfastWire
import Testing

/// Bytes that are nearly right. Nothing may crash, and what is taken must be a message: encoded and
/// decoded again it stays the same.
@Suite struct MutationTests {
    @Test func everyPrefixIsTakenOrRefused() throws {
        var random = SplitMix(seed: 3)
        for _ in 0..<20 {
            let bytes = random.everything().encoded()
            for end in 0..<bytes.count { check(Array(bytes[..<end])) }
        }
    }

    @Test func aPrefixThatEndsWithinAFieldIsRefused() throws {
        let bytes = Everything(anInt32: -1, aString: "text", aLeaf: Leaf(value: 300)).encoded()
        // Where a field ends, a shorter message ends.
        let ends = [0, 11, 17]
        for end in 0..<bytes.count where !ends.contains(end) {
            #expect(throws: WireDecodingError.self) {
                try Everything(decoding: Array(bytes[..<end]))
            }
        }
        for end in ends { _ = try Everything(decoding: Array(bytes[..<end])) }
    }

    @Test func mutatedMessagesDoNotCrash() {
        var random = SplitMix(seed: 4)
        for _ in 0..<200 {
            let original = random.everything().encoded()
            for _ in 0..<50 {
                var bytes = original
                for _ in 0...Int.random(in: 0...3, using: &random) { mutate(&bytes, &random) }
                check(bytes)
            }
        }
    }

    @Test func noiseDoesNotCrash() {
        var random = SplitMix(seed: 5)
        for _ in 0..<5000 { check(random.bytes()) }
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        guard let place = bytes.indices.randomElement(using: &random) else { return }
        switch Int.random(in: 0...4, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = random.number()
        case 2: bytes.remove(at: place)
        case 3: bytes.insert(random.number(), at: place)
        default: bytes.insert(contentsOf: bytes[place...].prefix(8), at: place)
        }
    }

    private func check(_ bytes: [UInt8]) {
        guard let message = try? Everything(decoding: bytes) else { return }
        let again = message.encoded()
        #expect(again.count == message.encodedBytes)
        // By bytes: a NaN is not equal to itself.
        #expect((try? Everything(decoding: again))?.encoded() == again)
    }
}
