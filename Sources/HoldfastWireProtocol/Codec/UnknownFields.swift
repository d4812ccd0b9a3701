internal import CHoldfastFrames
internal import CProtobufC

/// What protobuf-c keeps of the fields that a message's description does not have.
package enum UnknownFields {
    /// These fields of a decoded message as they came: every one, in order.
    @unsafe package static func bytes(of message: UnsafeRawPointer) -> [UInt8] {
        let base = unsafe message.assumingMemoryBound(to: ProtobufCMessage.self)
        var bytes: [UInt8] = []
        let fields = unsafe UnsafeBufferPointer(
            start: base.pointee.unknown_fields, count: Int(base.pointee.n_unknown_fields))
        for index in fields.indices {
            let field = unsafe fields[index]
            var tag = unsafe UInt64(field.tag) << 3 | UInt64(field.wire_type.rawValue)
            while tag > 0x7F {
                bytes.append(UInt8(truncatingIfNeeded: tag) | 0x80)
                tag >>= 7
            }
            bytes.append(UInt8(truncatingIfNeeded: tag))
            // With the length in front, where there is one.
            unsafe bytes.append(
                contentsOf: UnsafeBufferPointer(start: field.data, count: field.len))
        }
        return bytes
    }
}
