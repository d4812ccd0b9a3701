/// What the generator knows of `.proto` files: the parts of descriptor.proto it looks at.

/// One `.proto` file.
struct ProtoFile {
    var name = ""
    var package = ""
    var syntax = "proto2"
    var messages: [ProtoMessage] = []
    var enums: [ProtoEnum] = []
    var services: [ProtoService] = []
    var hasExtensions = false
    /// The descriptor without comments, for a descriptor set.
    var strippedBytes: [UInt8] = []
}

/// Where an element stands in its file, and what is written above it.
struct ProtoOrigin {
    var comment = ""
    /// Counted from 1; 0 when unknown.
    var line = 0
}

struct ProtoMessage {
    var name = ""
    var fields: [ProtoField] = []
    var messages: [ProtoMessage] = []
    var enums: [ProtoEnum] = []
    var oneofs: [ProtoOneof] = []
    var hasExtensions = false
    var isMapEntry = false
    var origin = ProtoOrigin()
}

struct ProtoOneof {
    var name = ""
    var origin = ProtoOrigin()
}

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

struct ProtoEnum {
    struct Value {
        var name = ""
        var number = 0
        var origin = ProtoOrigin()
    }

    var name = ""
    var values: [Value] = []
    var origin = ProtoOrigin()
}

struct ProtoService {
    struct Method {
        var name = ""
        var input = ""
        var output = ""
        var isClientStreaming = false
        var isServerStreaming = false
        var origin = ProtoOrigin()
    }

    var name = ""
    var methods: [Method] = []
    var origin = ProtoOrigin()
}
