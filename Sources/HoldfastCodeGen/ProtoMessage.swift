/// One message declaration, with what is declared in it.
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
