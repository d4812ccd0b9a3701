/// Cuts the stream of received bytes into frames, and refuses what cannot be one before a byte of it
/// is buffered: the checks that both ends share.
package struct FrameCutter: Sendable {
    /// Largest LENGTH taken.
    package var frameBytesMax: Int
    package var headBytesMax: Int

    package init(frameBytesMax: Int, headBytesMax: Int) {
        self.frameBytesMax = min(frameBytesMax, FrameHeader.lengthMax)
        self.headBytesMax = headBytesMax
    }

    package enum Cut {
        /// Not a whole frame yet.
        case starved
        case frame(Frame)
    }

    /// A whole frame, as places in the input.
    package struct Frame {
        package var header: FrameHeader
        package var head: Range<Int>
        package var body: Range<Int>
    }

    /// The frame that begins at `offset`, if all of it is there.
    @inline(__always)
    package func cut(_ input: RawSpan, at offset: Int) throws(FrameViolation) -> Cut {
        let available = input.byteCount - offset
        guard available >= FrameHeader.bytes else {
            if available > 0, input.byte(at: offset) != 0 { throw .notThisProtocol }
            return .starved
        }
        let header = FrameHeader(reading: input, at: offset)
        guard header.length <= FrameHeader.lengthMax else { throw .notThisProtocol }
        guard header.length <= frameBytesMax else { throw .frameTooLarge }
        guard header.headBytes <= header.length else { throw .headLongerThanFrame }
        guard header.headBytes <= headBytesMax else { throw .headTooLarge }
        guard header.flags & FrameFlags.reserved == 0 else { throw .reservedFlags }
        guard header.flags & FrameFlags.acknowledge == 0 || header.type == FrameType.ping.rawValue
        else { throw .unexpectedAcknowledge }
        guard available - FrameHeader.bytes >= header.length else { return .starved }
        let headStart = offset + FrameHeader.bytes
        let headEnd = headStart + header.headBytes
        return .frame(
            Frame(
                header: header, head: headStart..<headEnd,
                body: headEnd..<(headStart + header.length)))
    }
}

extension RawSpan {
    /// The byte at `offset`, which must be inside.
    @inline(__always)
    package func byte(at offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
