/// How the pre-scan treats one field number of one message. 16 bytes; tables of them are immortal.
@safe struct FieldRule {
    /// What a length-prefixed value of the field is.
    enum LengthAction: UInt8 {
        /// Any bytes: a `bytes` field, or a field we do not know.
        case skip
        /// Text: UTF-8 without NUL.
        case text
        /// A message, with rules of its own.
        case message
        /// Scalars one after another.
        case packedVarint, packedFixed32, packedFixed64
        /// The field is a singular scalar.
        case refuse
    }

    /// `expectedWireType` of a field that may have any.
    static let anyWireType: UInt8 = 0xff
    /// `duplicateSlot` of a field that may occur again.
    static let mayRepeat: UInt8 = 0xff
    /// Singular messages (a oneof counts once) that one message can have: a bit set of one word.
    static let duplicateSlots = 64

    /// Rules of the message in a message field.
    var child: UnsafePointer<SchemaTable>?
    var expectedWireType: UInt8
    var lengthAction: LengthAction
    /// Which bit of the message's set says that the field has occurred.
    var duplicateSlot: UInt8

    /// A field number that the message does not have.
    static var unknown: FieldRule {
        unsafe FieldRule(
            child: nil, expectedWireType: anyWireType, lengthAction: .skip,
            duplicateSlot: mayRepeat)
    }
}
