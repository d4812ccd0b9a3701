internal import CHoldfastProto
package import HoldfastWireProtocol

/// A message of any type, in its encoded form: for callers that know the types by description only.
///
/// Decoding takes the bytes for a message without fields, all of whose content is unknown, and keeps
/// what protobuf-c keeps of that.
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
        bytes = unsafe UnknownFields.bytes(of: message)
    }

    package var encodedBytes: Int { bytes.count }

    package func encode(into writer: inout WireWriter) {
        unsafe bytes.withUnsafeBytes { unsafe writer.putRaw($0) }
    }
}
