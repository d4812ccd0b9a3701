// Its headers show the same types again: which of the two modules a type comes from depends on what
// else is compiled.
internal import CHoldfastFrames
internal import CProtobufC

extension WireSchema {
    /// Decodes `bytes` into the memory of `arena`: pre-scan, then protobuf-c.
    ///
    /// Returns the decoded C struct, for a generated `View` or `init(decoded:)`. It is valid until
    /// the arena is reset or gone.
    @unsafe package func decode(
        _ bytes: RawSpan, arena: inout WireArena, limits: ScanLimits = .request
    ) throws(WireDecodingError) -> UnsafeRawPointer {
        try scan(bytes, limits: limits)
        arena.allow(limits.memoryBytesMax(messageBytes: bytes.byteCount))
        let decoded = unsafe bytes.withUnsafeBytes { memory in
            unsafe protobuf_c_message_unpack(
                table.pointee.descriptor, arena.allocator, memory.count,
                memory.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
        if let decoded = unsafe decoded { return UnsafeRawPointer(decoded) }
        throw WireDecodingError(
            kind: arena.isExhausted ? .tooMuchMemory : .malformed, messageName: fullName,
            byteOffset: 0, fieldNumber: 0)
    }

    /// Checks that `bytes` may be handed to protobuf-c as a message of this type.
    package func scan(_ bytes: RawSpan, limits: ScanLimits) throws(WireDecodingError) {
        var scan = PreScan(limits: limits)
        do {
            try unsafe scan.scan(bytes, as: table)
        } catch {
            throw error.decodingError
        }
    }
}
