internal import CHoldfastProto
internal import CProtobufC

/// A message of any type, in its encoded form: for callers that know the types by description only.
///
/// Decoding takes the bytes for a message without fields, all of whose content is unknown, and keeps
/// what protobuf-c keeps of that: every field, in order.
package struct RawMessage: WireMessage {
    /// The encoded message.
    package var bytes: [UInt8]

    package init() { bytes = [] }

    /// A message that is encoded already.
    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package static let schema: WireSchema = {
        var message = unsafe Holdfast__V1__CloseSessionResponse()
        unsafe holdfast__v1__close_session_response__init(&message)
        return unsafe WireSchema(initialized: &message)
    }()

    @unsafe package init(decoded message: UnsafeRawPointer) {
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
        self.bytes = bytes
    }

    package var encodedBytes: Int { bytes.count }

    package func encode(into writer: inout WireWriter) {
        unsafe bytes.withUnsafeBytes { unsafe writer.putRaw($0) }
    }
}
