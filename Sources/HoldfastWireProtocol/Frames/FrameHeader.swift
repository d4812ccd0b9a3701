/// The 12 bytes in front of every frame, big-endian:
///
///     u32 LENGTH   bytes that follow the header (HEAD and BODY), at most 2^24 - 1
///     u8  TYPE     u8 FLAGS     u16 HEAD_LEN
///     u32 STREAM   0 = the connection, odd = opened by the client
package struct FrameHeader: Equatable, Sendable {
    package static let bytes = 12
    /// The hard maximum of LENGTH: the first byte on the wire is always 0, so that another protocol
    /// on the wrong port is recognised by its first byte.
    package static let lengthMax = (1 << 24) - 1

    package var length: Int
    package var type: UInt8
    package var flags: UInt8
    package var headBytes: Int
    package var stream: UInt32

    package init(
        _ type: FrameType, flags: UInt8 = 0, stream: UInt32 = 0, headBytes: Int = 0, bodyBytes: Int
    ) {
        self.length = headBytes + bodyBytes
        self.type = type.rawValue
        self.flags = flags
        self.headBytes = headBytes
        self.stream = stream
    }

    /// Reads the header at `offset`; the caller has seen that 12 bytes are there.
    @inline(__always)
    package init(reading input: RawSpan, at offset: Int) {
        let first = unsafe UInt64(
            bigEndian: input.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
        length = Int(truncatingIfNeeded: first >> 32)
        type = UInt8(truncatingIfNeeded: first >> 24)
        flags = UInt8(truncatingIfNeeded: first >> 16)
        headBytes = Int(truncatingIfNeeded: first & 0xFFFF)
        stream = unsafe UInt32(
            bigEndian: input.unsafeLoadUnaligned(fromByteOffset: offset + 8, as: UInt32.self))
    }

    /// Writes the header into the first 12 bytes of `room`.
    @inline(__always)
    package func write(to room: UnsafeMutableRawBufferPointer) {
        guard room.count >= Self.bytes else { return }
        let first =
            UInt64(length) << 32 | UInt64(type) << 24 | UInt64(flags) << 16 | UInt64(headBytes)
        unsafe room.storeBytes(of: first.bigEndian, as: UInt64.self)
        unsafe room.storeBytes(of: stream.bigEndian, toByteOffset: 8, as: UInt32.self)
    }
}

/// What a frame is; see docs/protocol.md.
package enum FrameType: UInt8, Sendable {
    case hello = 1
    case request = 2
    case response = 3
    case item = 4
    case cancel = 5
    case credit = 6
    case ping = 7
    case goAway = 8
}

/// Bits of FLAGS.
package enum FrameFlags {
    /// PING only: the answer to one.
    package static let acknowledge: UInt8 = 0x01
    /// Every bit without a meaning: must be 0, so that it can be given one later.
    package static let reserved: UInt8 = ~(acknowledge | mustUnderstand)
    /// A receiver that does not know the type must end the connection instead of dropping the frame.
    package static let mustUnderstand: UInt8 = 0x80
}
