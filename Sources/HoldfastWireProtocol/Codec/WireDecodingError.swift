/// Why bytes are not a message we take. Says where, never what: the bytes are the peer's.
public struct WireDecodingError: Error, Sendable, Hashable {
    /// What is wrong.
    public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
        /// The bytes end within a field.
        case truncated
        /// A varint of more than ten bytes, or a tag or length that needs more than 32 bits.
        case varintTooLong
        /// A field numbered 0 or above 2^29 - 1, or a wire type that does not exist.
        case invalidTag
        /// A group: long deprecated, and a way to nest without limit.
        case group
        /// A field of this type cannot be encoded like this.
        case wireTypeMismatch
        /// Messages nested deeper than the limit.
        case tooDeep
        /// More fields (packed elements included) than the limit.
        case tooManyFields
        /// A singular message given twice. protobuf merges the two; doing so costs quadratic time.
        case duplicateMessage
        /// Text that is not UTF-8.
        case invalidText
        /// Text with a NUL, which C would cut short.
        case nulInText
        /// Decoding needs more memory than the limit.
        case tooMuchMemory
        /// protobuf-c refuses it for another reason.
        case malformed
    }

    /// What is wrong.
    public let kind: Kind
    /// Full name of the message, the innermost one at fault: "holdfast.v1.EchoRequest".
    public let messageName: String
    /// Where, counted from the start of the outermost message.
    public let byteOffset: Int
    /// Number of the field at fault; 0 when it is not known.
    public let fieldNumber: UInt32

    package init(kind: Kind, messageName: String, byteOffset: Int, fieldNumber: UInt32) {
        self.kind = kind
        self.messageName = messageName
        self.byteOffset = byteOffset
        self.fieldNumber = fieldNumber
    }
}

extension WireDecodingError: CustomStringConvertible {
    /// "holdfast.v1.EchoRequest, field 1, byte 17: text that is not UTF-8".
    public var description: String {
        let field = fieldNumber == 0 ? "" : ", field \(fieldNumber)"
        return "\(messageName)\(field), byte \(byteOffset): \(kind.words)"
    }
}

extension WireDecodingError.Kind {
    var words: String {
        switch self {
        case .truncated: "the bytes end within a field"
        case .varintTooLong: "a number with too many bytes"
        case .invalidTag: "an impossible field number or wire type"
        case .group: "groups are not taken"
        case .wireTypeMismatch: "the field is of another type"
        case .tooDeep: "messages nested too deep"
        case .tooManyFields: "too many fields"
        case .duplicateMessage: "a singular message given twice"
        case .invalidText: "text that is not UTF-8"
        case .nulInText: "text with a NUL"
        case .tooMuchMemory: "decoding would take too much memory"
        case .malformed: "not decodable"
        }
    }
}
