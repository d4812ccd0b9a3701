import HoldfastTestProto
import HoldfastWire
import Testing

/// Bytes that hurt protobuf-c when it is used alone . Each must be
/// refused for the right reason, at the right place, and without the memory it asks for: what was
/// taken is counted in the arena.
@Suite struct HostileTests {
    /// One MiB, the size at which the amplification of protobuf-c was measured.
    static let large = 1 << 20

    @Test func aNestingBombIsTooDeep() throws {
        var bomb: [UInt8] = []
        for _ in 0..<5000 { bomb = Wire.block(1, bomb) }
        try refused(bomb, as: Depth1.self, .tooDeep)
        var nested = Wire.number(1, 1)
        for _ in 0..<16 { nested = Wire.block(1, nested) }
        let error = try refused(nested, as: Depth1.self, .tooDeep)
        #expect(error.messageName == "holdfast.test.v1.Depth16")
        #expect(error.fieldNumber == 1)
    }

    @Test func sixteenLevelsPass() throws {
        var nested: [UInt8] = []
        for _ in 0..<15 { nested = Wire.block(1, nested) }
        #expect(try Depth1(decoding: nested).encoded() == nested)
    }

    @Test func anUnknownFieldBombHasTooManyFields() throws {
        try refused(
            Wire.times(Self.large / 3, Wire.number(99, 1)), as: Everything.self, .tooManyFields)
        try refused(
            Wire.times(Self.large / 3, Wire.block(99, [])), as: Everything.self, .tooManyFields)
    }

    @Test func unknownFieldsWithinTheBudgetAreSkipped() throws {
        let bytes =
            Wire.number(99, 1) + Wire.block(98, [0xff, 0, 0x80]) + Wire.number(1, 5)
            + Wire.tag(97, 5) + [1, 2, 3, 4] + Wire.tag(96, 1) + [1, 2, 3, 4, 5, 6, 7, 8]
        #expect(try Everything(decoding: bytes) == Everything(anInt32: 5))
    }

    @Test func emptySubmessagesHaveTooManyFields() throws {
        try refused(
            Wire.times(Self.large / 3, Wire.block(37, [])), as: Everything.self, .tooManyFields)
    }

    @Test func emptySubmessagesWithinTheFieldBudgetAreBoundedInMemory() throws {
        // 4096 leaves of 32 bytes and their bookkeeping from 12 KiB: over 16 times and 64 KiB.
        let bytes = Wire.times(4096, Wire.block(37, []))
        var arena = WireArena()
        let limit = ScanLimits(
            depthMax: 16, fieldsMax: 4096, memoryPerByteMax: 4, memoryBaseBytes: 1024)
        var thrown: WireDecodingError?
        do {
            _ = try Everything(decoding: bytes.rawSpan, arena: &arena, limits: limit)
        } catch {
            thrown = error
        }
        #expect(thrown?.kind == .tooMuchMemory)
        #expect(arena.usedBytes <= limit.memoryBytesMax(messageBytes: bytes.count))
    }

    @Test func packedElementsCountAsFields() throws {
        try refused(
            Wire.block(23, [UInt8](repeating: 1, count: Self.large)), as: Everything.self,
            .tooManyFields)
        try refused(
            Wire.block(27, [UInt8](repeating: 1, count: Self.large)), as: Everything.self,
            .tooManyFields)
        try refused(
            Wire.block(28, [UInt8](repeating: 1, count: Self.large)), as: Everything.self,
            .tooManyFields)
        let full = Wire.block(23, [UInt8](repeating: 1, count: 4095))
        #expect(try Everything(decoding: full).uint32s.count == 4095)
        try refused(full + Wire.number(1, 1), as: Everything.self, .tooManyFields)
    }

    @Test func aSingularMessageComesOnce() throws {
        let leaf = Wire.block(17, Wire.number(1, 1))
        try refused(leaf + leaf, as: Everything.self, .duplicateMessage)
        try refused(Wire.times(4096, leaf), as: Everything.self, .duplicateMessage)
        // Also among the messages of a oneof, where protobuf lets the last one win.
        try refused(
            Wire.block(44, []) + Wire.block(45, []), as: Everything.self, .duplicateMessage)
        #expect(try Everything(decoding: leaf + Wire.block(44, [])).choice == .leaf(Leaf()))
    }

    @Test func scalarsMayRepeatAndTheLastWins() throws {
        let bytes = Wire.number(1, 1) + Wire.number(1, 2) + Wire.number(41, 1) + Wire.text(42, "b")
        #expect(try Everything(decoding: bytes) == Everything(anInt32: 2, choice: .text("b")))
    }

    @Test func textHasNoNUL() throws {
        try refused(Wire.text(14, "a\0b"), as: Everything.self, .nulInText)
        try refused(Wire.text(14, "a longer text, over a word\0"), as: Everything.self, .nulInText)
        try refused(Wire.text(34, "größe\0"), as: Everything.self, .nulInText)
        try refused(Wire.text(42, "\0"), as: Everything.self, .nulInText)
        #expect(try Everything(decoding: Wire.text(15, "a\0b")).aBytes == [0x61, 0, 0x62])
    }

    @Test(
        arguments: [
            [0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x80],
            [0xe2, 0x82], [0xf8, 0x88, 0x80, 0x80, 0x80],
        ] as [[UInt8]])
    func textIsUTF8(_ bad: [UInt8]) throws {
        for before in 0..<18 {
            let text = [UInt8](repeating: 0x61, count: before) + bad
            try refused(Wire.block(14, text), as: Everything.self, .invalidText)
            try refused(Wire.block(14, text + [0x61]), as: Everything.self, .invalidText)
        }
    }

    @Test func textOfEveryLengthPasses() throws {
        for count in 0..<40 {
            for text in [
                String(repeating: "~", count: count), String(repeating: "é", count: count),
            ] {
                #expect(try Everything(decoding: Wire.text(14, text)).aString == text)
            }
        }
    }

    @Test func numbersHaveTenBytesAtMost() throws {
        let overlong = [UInt8](repeating: 0x80, count: 10) + [0]
        try refused([0x08] + overlong, as: Everything.self, .varintTooLong)
        try refused(Wire.tag(99, 0) + overlong, as: Everything.self, .varintTooLong)
        try refused(Wire.block(23, overlong), as: Everything.self, .varintTooLong)
        try refused(
            [0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0], as: Everything.self, .varintTooLong)
        try refused(
            [0x7a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], as: Everything.self, .varintTooLong)
        let padded = [0x08] + [UInt8](repeating: 0x80, count: 9) + [0]
        #expect(try Everything(decoding: padded) == Everything())
    }

    @Test func groupsAreRefused() throws {
        try refused(Wire.tag(1, 3) + Wire.tag(1, 4), as: Everything.self, .group)
        try refused(Wire.tag(99, 3) + Wire.tag(99, 4), as: Everything.self, .group)
        try refused(Wire.times(Self.large / 2, Wire.tag(99, 3)), as: Everything.self, .group)
    }

    @Test func impossibleTagsAreRefused() throws {
        try refused([0x00, 0x00], as: Everything.self, .invalidTag)
        try refused([0x02, 0x00], as: Everything.self, .invalidTag)
        try refused([0x0e, 0x00], as: Everything.self, .invalidTag)
        try refused([0x0f, 0x00], as: Everything.self, .invalidTag)
        try refused([0x80, 0x00, 0x00], as: Everything.self, .invalidTag)
        try refused(Wire.tag(1 << 29, 0) + [0], as: Everything.self, .varintTooLong)
        #expect(try Everything(decoding: Wire.text((1 << 29) - 1, "z")).farthest == "z")
        #expect(try Everything(decoding: Wire.number((1 << 29) - 2, 1)) == Everything())
    }

    @Test func aForeignWireTypeIsRefused() throws {
        try refused(Wire.block(1, [1]), as: Everything.self, .wireTypeMismatch)
        try refused(Wire.number(14, 1), as: Everything.self, .wireTypeMismatch)
        try refused(Wire.number(17, 1), as: Everything.self, .wireTypeMismatch)
        try refused(Wire.tag(7, 1) + Wire.times(8, [0]), as: Everything.self, .wireTypeMismatch)
        try refused(Wire.tag(23, 5) + [0, 0, 0, 0], as: Everything.self, .wireTypeMismatch)
    }

    @Test(arguments: [1, 5000, 6000, 7000, 80_000, 900_000, 536_870_911] as [UInt64])
    func everyKnownNumberIsFound(_ number: UInt64) throws {
        try refused(Wire.block(number, []), as: Sparse.self, .wireTypeMismatch)
        if number > 1 {
            #expect(try Sparse(decoding: Wire.block(number - 1, [])) == Sparse())
        }
    }

    @Test func listsAreTakenPackedAndLoose() throws {
        let packed = Wire.block(23, [1, 2]) + Wire.number(23, 3)
        #expect(try Everything(decoding: packed).uint32s == [1, 2, 3])
        let loose = Wire.number(38, 1) + Wire.block(38, [2, 3])
        #expect(try Everything(decoding: loose).loose == [1, 2, 3])
    }

    @Test func lengthsBeyondTheEndAreTruncated() throws {
        try refused([0x7a, 0xff, 0xff, 0xff, 0xff, 0x0f], as: Everything.self, .truncated)
        try refused([0x7a, 0xff, 0xff, 0xff, 0xff, 0x07], as: Everything.self, .truncated)
        // The inner length reaches past the inner message, not past the bytes.
        try refused(
            Wire.tag(17, 2) + [2, 0x7a, 5] + Wire.block(15, [1, 2, 3]), as: Everything.self,
            .truncated)
        try refused(Wire.block(27, [1, 2, 3]), as: Everything.self, .truncated)
        try refused(Wire.block(23, [0x80]), as: Everything.self, .truncated)
    }

    @Test func errorsNameTheInnermostMessage() throws {
        let bytes = Wire.number(1, 1) + Wire.block(48, Wire.text(1, "\0"))
        let error = try refused(bytes, as: Everything.self, .nulInText)
        #expect(
            error.description
                == "holdfast.test.v1.Everything.Inner, field 1, byte 7: text with a NUL")
    }

    /// Expects `bytes` to be refused for `kind` by the pre-scan, before any memory is taken.
    @discardableResult
    private func refused<Message: WireMessage>(
        _ bytes: [UInt8], as type: Message.Type, _ kind: WireDecodingError.Kind,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> WireDecodingError {
        var arena = WireArena()
        var thrown: WireDecodingError?
        do {
            _ = try Message(decoding: bytes.rawSpan, arena: &arena, limits: .request)
        } catch {
            thrown = error
        }
        let error = try #require(thrown, sourceLocation: sourceLocation)
        #expect(error.kind == kind, "\(error)", sourceLocation: sourceLocation)
        #expect(arena.usedBytes == 0, sourceLocation: sourceLocation)
        return error
    }
}

extension [UInt8] {
    /// The bytes as a decoder takes them.
    var rawSpan: RawSpan {
        @_lifetime(borrow self) get { unsafe span.bytes }
    }
}
