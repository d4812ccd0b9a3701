import HoldfastTestProto
import HoldfastWire
import Testing

@Suite struct WriterTests {
    @Test func memoryThatIsTooSmallIsNeverLeft() {
        var random = SplitMix(seed: 6)
        for _ in 0..<20 {
            let message = random.everything()
            let whole = message.encoded()
            for room in 0..<whole.count {
                var memory = [UInt8](repeating: 0xa5, count: whole.count + 8)
                unsafe memory.withUnsafeMutableBytes { bytes in
                    var writer = unsafe WireWriter(
                        UnsafeMutableRawBufferPointer(rebasing: bytes[..<room]))
                    message.encode(into: &writer)
                    #expect(writer.overflowed)
                    #expect(writer.count <= room)
                    #expect(unsafe bytes[writer.count...].allSatisfy { $0 == 0xa5 })
                    #expect(unsafe bytes[..<writer.count].elementsEqual(whole[..<writer.count]))
                }
            }
        }
    }

    @Test func noMemoryTakesNothing() {
        var writer = unsafe WireWriter(UnsafeMutableRawBufferPointer(start: nil, count: 0))
        writer.putBytes([], field: 1)
        #expect(writer.overflowed && writer.count == 0)
    }

    @Test(arguments: [0, 1, 127, 128, 16383, 16384, 1 << 32, 1 << 63, UInt64.max])
    func varintSizesAreExact(_ value: UInt64) {
        #expect(WireSize.varint(value) == Wire.varint(value).count)
    }

    @Test func base64IsReadStrictly() {
        #expect(Base64.decode("") == [])
        #expect(Base64.decode("AP8=") == [0, 255])
        #expect(Base64.decode("Zm9vYmE=") == Array("fooba".utf8))
        #expect(Base64.decode("+/+/") == [0xfb, 0xff, 0xbf])
        for bad: StaticString in ["A", "AAA", "A===", "=AAA", "AA=A", "AA\n="] {
            #expect(Base64.decode(bad) == nil)
        }
    }
}
