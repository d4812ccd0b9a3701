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
