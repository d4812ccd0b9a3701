/// One enum declaration.
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
