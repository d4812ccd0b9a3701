/// One field of a message.
struct ProtoField {
    /// The numbers of FieldDescriptorProto.Type.
    enum Kind: Int {
        case double = 1, float, int64, uint64, int32, fixed64, fixed32, bool, string, group
        case message, bytes, uint32, `enum`, sfixed32, sfixed64, sint32, sint64
    }

    var name = ""
    var number = 0
    var isRepeated = false
    var kind = Kind.int32
    /// Of a message or enum: ".holdfast.v1.EchoRequest".
    var typeName = ""
    var oneofIndex: Int?
    var isProto3Optional = false
    var isPacked = true
    var isDeprecated = false
    var origin = ProtoOrigin()
}
