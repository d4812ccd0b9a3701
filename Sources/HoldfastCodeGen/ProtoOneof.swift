/// One oneof; its fields say that they belong to it.
struct ProtoOneof {
    var name = ""
    var origin = ProtoOrigin()
}
