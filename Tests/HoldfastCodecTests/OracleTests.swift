import CProtobufC
import HoldfastTestProto
import HoldfastWire
import Testing

/// protobuf-c's own encoder judges the Swift one: the same message must become the same bytes.
@Suite struct OracleTests {
    @Test func randomMessagesEncodeAsProtobufCEncodesThem() throws {
        var random = SplitMix(seed: 1)
        var arena = WireArena()
        for _ in 0..<2000 {
            let message = random.everything()
            let bytes = message.encoded()
            #expect(bytes.count == message.encodedBytes)
            arena.reset()
            let decoded = try unsafe Everything.schema.decode(bytes.rawSpan, arena: &arena)
            #expect(unsafe Everything(decoded: decoded) == message)
            #expect(unsafe packed(decoded) == bytes)
        }
    }

    @Test func minusZeroIsNotTheDefault() throws {
        // protobuf-c compares with ==, so it leaves -0.0 out; the specification says to keep it.
        let message = Everything(aFloat: -0.0, aDouble: -0.0)
        let decoded = try Everything(decoding: message.encoded())
        #expect(decoded.aFloat.sign == .minus)
        #expect(decoded.aDouble.sign == .minus)
    }

    @Test func notANumberSurvives() throws {
        let message = Everything(aFloat: .nan, doubles: [.nan, .infinity])
        let decoded = try Everything(decoding: message.encoded())
        #expect(decoded.aFloat.bitPattern == Float.nan.bitPattern)
        #expect(decoded.doubles[0].isNaN)
        #expect(decoded.doubles[1] == .infinity)
    }

    @Test func aZeroInAOneofIsKept() throws {
        for choice: Everything.Choice in [.number(0), .text(""), .blob([]), .flag(false)] {
            let message = Everything(choice: choice)
            #expect(try Everything(decoding: message.encoded()) == message)
        }
    }

    @Test func awkwardNamesSurvive() throws {
        let message = Awkward(
            class: true, default: true, self_: true, init_: true, in: true, type: true,
            httpPort: true, bytes: true, encodedBytes_: true, index: [true, false],
            case: .switch(true))
        #expect(try Awkward(decoding: message.encoded()) == message)
    }

    private func packed(_ decoded: UnsafeRawPointer) -> [UInt8] {
        let message = unsafe decoded.assumingMemoryBound(to: ProtobufCMessage.self)
        let size = unsafe protobuf_c_message_get_packed_size(message)
        return unsafe [UInt8](unsafeUninitializedCapacity: size) { memory, count in
            count = unsafe protobuf_c_message_pack(message, memory.baseAddress)
        }
    }
}
